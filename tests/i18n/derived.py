"""The keys that the code makes from the words of a closed set."""

from __future__ import annotations

from sync.cli.app import app
from sync.config import BY_PYDANTIC, FOLDERS
from sync.domain.model import (
    ALLOWED,
    CheckOutcome,
    Code,
    Column,
    Confirmation,
    ExitCode,
    Feedback,
    Odd,
    Stop,
    Verdict,
    Why,
    WhyLeft,
)
from sync.i18n.texts import _ERROR_NUMBERS, _SAID, _STRANGERS
from sync.job.past_runs import COLUMNS
from sync.notify.delivery import LOOK_SECONDS, SECONDS, Audience, Sign
from sync.onoffice.dialect import Trait
from sync.onoffice.questions import Question, Sure
from sync.report.excel.forms import TEMPLATE_COLUMNS, WORK_LIST_COLUMNS
from sync.report.page.report import kinds_of_files
from sync.setup.doctor.finding import Finding, Level, Symptom

#: What the client says of the way to onOffice, and what is said of messages, word for word: the texts are found by it.
TROUBLES = (
    *("no_connection", "no_connection_within_the_connect_timeout", "no_answer_within_the_read_timeout"),
    *("no_whole_answer_in_time", "the_timestamp_lies_outside_the_allowed_120_seconds", "the_connection_broke_off"),
    *("the_secure_connection_could_not_be_made_or_broke_off_certificate", "the_answer_broke_off"),
    *("the_answer_cannot_be_unpacked", "the_answer_is_not_json", "the_answer_is_no_envelope_of_the_api"),
    *("the_answer_holds_no_results", "the_answer_is_larger_than_any_can_be", "the_answer_says_that_too_many_requests_came"),
    *("the_service_did_not_take_it", "apprise_does_not_understand_the_address", f"no_answer_within_{SECONDS:g}_seconds"),
    *(
        "apprise_is_not_installed_or_not_completely",
        f"no_answer_within_{LOOK_SECONDS:g}_seconds",
    ),
    "is_neither_in_the_environment_nor_in_the_keyring_nor_in_credentials_env",
    *("the_server_refused_the_connection", "the_name_of_the_server_is_not_known", "the_server_does_not_answer"),
    *("the_server_cannot_be_reached", "the_server_did_not_take_user_name_and_password"),
)


def derived() -> set[str]:
    """All of them."""
    return {
        *(f"finding.{code}{part}" for code in Code for part in ("", ".next", ".short")),
        *(f"verdict.{word}{part}" for word in (*Verdict, CheckOutcome.VALID) for part in ("", ".next", ".meaning")),
        *(f"{room}.{word}{part}" for room, words in _REASONS.items() for word in words for part in ("", ".next")),
        *(f"missing.{column}" for column in (Column.APPOINTMENT, Column.ADDRESS, Column.CONFIRMATION)),
        *(f"allowed.{column}" for column in ALLOWED),
        *(f"refused.not_a_table.{kind}{part}" for kind in _STRANGERS.values() for part in ("", ".next")),
        *(f"error_number.{kind}" for kind in _ERROR_NUMBERS.values()),
        *(f"trouble.{trouble}" for trouble in TROUBLES),
        *(f"undo.header.{column}" for column in COLUMNS),
        *(f"fleet.state.{code.name.lower()}" for code in ExitCode),
        *(f"history.fate.{fate}" for fate in ("archive", "refuse", "return", "none", "carried_on")),
        *(f"message.{sign}" for sign in Sign),
        *(f"progress.{phase}" for phase in ("read", "look", "send")),
        *(f"format.month.{month}" for month in range(1, 13)),
        *(f"page.beside.{kind}" for kind in (*kinds_of_files(), "other")),
        *(f"returned.correct_steps.{step}" for step in range(1, 6)),
        *(f"template.steps.{step}" for step in range(1, 6)),
        *(f"template.{column.name}.{part}" for column in TEMPLATE_COLUMNS for part in ("header", "hint")),
        *(f"template.meaning.{word.name.lower()}" for word in (*Confirmation, *Feedback)),
        *(f"undo_file.lines.{line}" for line in range(1, 4)),
        *_of_doctor(),
        *(f"worklist.head.{head.key}" for head in WORK_LIST_COLUMNS),
        *(f"worklist.steps.{step}" for step in range(1, 6)),
        *(f"configuration.{kind}" for kind in BY_PYDANTIC),
        *(f"said.{kind}" for kind in _SAID.values()),
        *(f"trial.{audience}" for audience in Audience),
        *(f"help.{command.callback.__name__}" for command in app.registered_commands if command.callback),
        "blank.value",
    }


_REASONS = {"refused": Why, "stop": Stop, "left": WhyLeft, "notice": Odd}
#: Where the answer to a question is told in words of its own.
_ANSWERS = (*(("left_alone", answer) for answer in ("yes", "changed", "unknown", "no")), ("noise", "none"))


def _of_doctor() -> set[str]:
    return {
        *(f"doctor.{symptom}" for symptom in Symptom),
        *(f"doctor.{symptom}.next" for symptom in Symptom if Finding(symptom).level is not Level.OK),
        *(f"doctor.level.{level}" for level in Level),
        *(f"doctor.folder.{folder}" for folder in ("any", *FOLDERS, "worklist")),
        *(f"doctor.learnt.{trait.replace('-', '_')}" for trait in Trait),
        *(f"learn.question.{question}" for question in Question),
        *(f"learn.sure.{sure}" for sure in Sure),
        *(f"learn.answer.{question}.{answer}" for question, answer in _ANSWERS),
        *(f"init.{folder}" for folder in ("drop", "results", "archive", "state")),
    }
