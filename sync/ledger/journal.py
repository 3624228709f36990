"""What a run writes down, step by step."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sync.ledger.memory import STAYED, Memory
from sync.ledger.sqlite import translate_errors

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sync.domain.model import Change, Left, Link, Live, RunInfo
    from sync.ledger.memory import AppliedChange, FileEntry
    from sync.onoffice.dialect import Lesson, Trait


class Ledger(Memory):
    """Memory of all runs of one office, and what a run adds to it."""

    @translate_errors
    def begin(
        self,
        run: str,
        office: str,
        started: str,
        files: Iterable[FileEntry],
        *,
        undo_of: str | None = None,
        accepted: str | None = None,
        carries_on: bool = True,
    ) -> None:
        """Open a run with its files.

        Unless told otherwise it carries on all runs of its kind that were interrupted and that no other one has carried to an
        end: one that was stopped may not even have looked; there it takes a run that reads one of the same files again. One
        that takes back a run carries on those only that took back the same.
        """
        with self._transaction():
            self._db.execute(
                "INSERT INTO runs (id, office, started, undo_of, accepted) VALUES (?, ?, ?, ?, ?)",
                (run, office, started, undo_of, accepted),
            )
            self._db.executemany(
                "INSERT INTO files (run, claimed, name, sha256) VALUES (?, ?, ?, ?)",
                [(run, file.claimed, file.name, file.sha256) for file in files],
            )
            if not carries_on:
                return
            self._db.execute(
                "UPDATE runs SET carried_on_by = ?1 WHERE finished IS NULL AND id <> ?1"
                " AND coalesce(undo_of, '') = coalesce(?2, '')"
                " AND (carried_on_by IS NULL OR carried_on_by IN (SELECT id FROM runs WHERE stopped IS NOT NULL)"
                " AND (undo_of IS NOT NULL OR EXISTS (SELECT 1 FROM files mine JOIN files theirs"
                " ON mine.name = theirs.name OR mine.sha256 = theirs.sha256"
                " WHERE mine.run = ?1 AND theirs.run = runs.id)))",
                (run, undo_of),
            )

    @translate_errors
    def save_before(self, run: str, changes: Iterable[tuple[Change, Live]]) -> None:
        """Write down the wanted state of links and their state before anything is sent to them."""
        with self._transaction():
            self._db.executemany(
                "INSERT INTO changes (run, appointment, address, aim, confirmation, feedback, found, confirmation_before,"
                " feedback_before, start, feedback_set_up) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                ((run, *change.link, change.aim, *change.wanted.words, *_before(live)) for change, live in changes),
            )

    @translate_errors
    def intent(self, run: str, kind: str, now: str, actions: str, links: Iterable[Link]) -> int:
        """Write down a request that is about to leave; returns its number."""
        with self._transaction():
            rows = self._db.execute(
                "INSERT INTO requests (run, kind, left_at, actions) VALUES (?, ?, ?, ?) RETURNING id", (run, kind, now, actions)
            )
            number = int(rows.fetchone()[0])
            self._db.executemany(
                "INSERT INTO sent (request, appointment, address) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                [(number, *link) for link in links],
            )
        return number

    @translate_errors
    def outcome(self, request: int, now: str, outcome: str, results: str) -> None:
        """Write down what became of a request."""
        self._db.execute(
            "UPDATE requests SET answered_at = ?, outcome = ?, results = ? WHERE id = ?", (now, outcome, results, request)
        )

    @translate_errors
    def finish(
        self,
        info: RunInfo,
        done: Iterable[AppliedChange],
        fates: Iterable[tuple[str, str, str]],
        verdicts: Mapping[str, int] | None = None,
        left: Iterable[Left] = (),
        *,
        undone: Iterable[Link] = (),
    ) -> None:
        """Close a run: its links, its rows per verdict, the fate of each file (claimed path, fate, reason) before it moves.

        `left` are the files that it did not take at all, `undone` the links of which rows asked for what it did not do.
        """
        open_links = {*undone}
        stopped = (str(info.stopped.stop), info.stopped.detail) if info.stopped else (None, None)
        with self._transaction():
            self._db.executemany(
                "UPDATE changes SET verdict = ?, verified = ?, error_code = ?, found_after = ?, confirmation_after = ?,"
                " feedback_after = ? WHERE run = ? AND appointment = ? AND address = ?",
                (
                    (each.verdict, int(each.verified), each.error_code, *_after(each.after), info.id, *each.change.link)
                    for each in done
                ),
            )
            self._db.executemany(
                "UPDATE files SET fate = ?, reason = ? WHERE run = ? AND claimed = ?",
                [(fate, reason, info.id, claimed) for claimed, fate, reason in fates],
            )
            self._db.executemany(
                "INSERT INTO files (run, claimed, name, sha256, fate, reason) VALUES (?, ?, ?, '', ?, ?)",
                [(info.id, f"{number} {one.name}", one.name, STAYED, one.why) for number, one in enumerate(left, 1)],
            )
            self._db.executemany(
                "INSERT INTO undone (run, appointment, address) VALUES (?, ?, ?)", ((info.id, *link) for link in open_links)
            )
            self._db.execute(
                "DELETE FROM at_work WHERE sha256 IN (SELECT sha256 FROM files WHERE run = ? AND fate <> 'refuse')", (info.id,)
            )
            self._db.execute(
                "UPDATE runs SET finished = ?, exit_code = ?, stopped = ?, stopped_detail = ?, requests = ?, actions = ?,"
                " rounds = ?, verdicts = ?, undone = ? WHERE id = ?",
                (info.finished, int(info.exit_code), *stopped, info.requests, info.actions, info.rounds,
                 json.dumps(verdicts or {}), len(open_links), info.id),
            )  # fmt: skip

    @translate_errors
    def learn(self, lesson: Lesson) -> None:
        """Keep what was seen of the office's API; where nothing tells several apart it takes the place of the one before."""
        with self._transaction():
            if not lesson.subject:
                self._db.execute("DELETE FROM learnt WHERE trait = ? AND subject = ''", (lesson.trait,))
            self._db.execute(
                "INSERT INTO learnt (trait, subject, value, evidence, run) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (lesson.trait, lesson.subject, lesson.value, lesson.evidence, lesson.run),
            )

    @translate_errors
    def unlearn(self, trait: Trait, subject: str = "") -> None:
        """Forget what was seen of the office's API."""
        self._db.execute("DELETE FROM learnt WHERE trait = ? AND subject = ?", (trait, subject))

    @translate_errors
    def is_at(self, run: str, sha256: str, program: str) -> None:
        """Write down which file a run of this version of the program works on from now on; "" for one that cannot be read."""
        with self._transaction():
            self._db.execute("DELETE FROM at_work WHERE run = ?", (run,))
            if sha256:
                self._db.execute("INSERT INTO at_work (run, sha256, program) VALUES (?, ?, ?)", (run, sha256, program))

    @translate_errors
    def is_at_none(self, run: str) -> None:
        """Write down that a run works on no file any more, on a disk that has become full as well."""
        self._place.reuse_room()
        with self._transaction():
            self._db.execute("DELETE FROM at_work WHERE run = ?", (run,))

    @translate_errors
    def forget(self, run: str, now: str) -> None:
        """Remove the details of a run: its links and requests. That it was, and which files it read, stays."""
        with self._transaction():
            self._db.execute("DELETE FROM sent WHERE request IN (SELECT id FROM requests WHERE run = ?)", (run,))
            self._db.execute("DELETE FROM requests WHERE run = ?", (run,))
            self._db.execute("DELETE FROM changes WHERE run = ?", (run,))
            self._db.execute("DELETE FROM undone WHERE run = ?", (run,))
            self._db.execute("UPDATE runs SET forgotten = ? WHERE id = ?", (now, run))


def _before(live: Live) -> tuple[str | int | None, ...]:
    return live.found.name, *live.state.words, live.start, int(live.feedback_set_up)


def _after(live: Live | None) -> tuple[str | None, str | None, str | None]:
    return (live.found.name, *live.state.words) if live else (None, None, None)
