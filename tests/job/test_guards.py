"""Guards and warnings, seen from outside: what the report says and what the CRM has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync.simulator import Running
    from tests.job.conftest import Kit, Office

HEADER = ("Termin-ID", "Adress-ID", "Terminbestätigung", "Terminrückmeldung", "Beginn")


def rows_of(office: Office) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = office.reports()[-1]["files"][0]["rows"]
    return rows


def codes(row: dict[str, Any]) -> list[str]:
    return [problem["code"] for problem in row["problems"]]


def test_a_row_for_a_time_that_is_no_more_is_a_conflict_and_the_others_go_through(office: Office, api: Running, kit: Kit) -> None:
    api.put_state(kit.seeded({(1, 11): ("gesendet", "inaktiv"), (2, 12): ("gesendet", "inaktiv")}))
    office.drop_csv("a.csv", [(1, 11, "bestätigt", "", "02.12.2026 10:30"), (2, 12, "bestätigt", "", "2.12.2026")], header=HEADER)

    office.run()

    late, in_time = rows_of(office)
    assert (late["outcome"], codes(late)) == ("conflict", ["rescheduled"])
    assert "02.12.2026 09:00" in late["problems"][0]["message"]
    assert "02.12.2026 10:30" in late["problems"][0]["message"]
    assert in_time["outcome"] == "updated"
    assert kit.links(api.state()) == {(1, 11): ("gesendet", "inaktiv"), (2, 12): ("bestätigt", "inaktiv")}


def test_rows_that_name_two_starts_for_one_link_contradict_each_other(office: Office, api: Running, kit: Kit) -> None:
    api.put_state(kit.seeded({(1, 11): ("gesendet", "inaktiv")}))
    times = ("02.12.2026 09:00", "02.12.2026 10:30")
    office.drop_csv("a.csv", [(1, 11, "bestätigt", "", time) for time in times], header=HEADER)

    office.run()

    assert [row["outcome"] for row in rows_of(office)] == ["conflict", "conflict"]
    assert kit.links(api.state()) == {(1, 11): ("gesendet", "inaktiv")}


def test_without_a_look_a_row_that_names_a_start_is_not_sent(office: Office, api: Running, kit: Kit) -> None:
    api.put_state(kit.seeded({(1, 11): ("gesendet", "inaktiv"), (2, 12): ("gesendet", "inaktiv")}))
    office.configure(sending={"look": False})
    office.drop_csv("a.csv", [(1, 11, "bestätigt", "", "02.12.2026 09:00"), (2, 12, "bestätigt", "", "")], header=HEADER)

    office.run()

    assert [row["outcome"] for row in rows_of(office)] == ["rejected", "updated"]
    assert kit.links(api.state())[1, 11] == ("gesendet", "inaktiv")


def test_what_may_make_the_crm_write_to_customers_is_said_and_counted(office: Office, api: Running, kit: Kit) -> None:
    links = {(1, 11): ("gesendet", "inaktiv"), (2, 12): ("gesendet", "inaktiv"), (3, 13): ("gesendet", "inaktiv")}
    seed = kit.seeded(links)
    seed["appointments"][0] |= {"reminds_confirmed_only": True}
    seed["appointments"][2] |= {"recurring": True}
    api.put_state(seed)
    office.drop_csv("a.csv", [(1, 11, "bestätigt", ""), (2, 12, "", "aktiv"), (3, 13, "gecancelt", "")])

    dry = office.run(dry=True)
    office.run()

    assert [codes(row) for row in rows_of(office)] == [["may_remind"], ["may_ask_for_feedback"], ["recurring"]]
    assert [row["outcome"] for row in rows_of(office)] == ["updated"] * 3
    assert office.reports()[-1]["run"]["may_write_to_customers"] == 2
    assert dry.info.customers == 2


def test_nothing_is_warned_of_that_was_not_written(office: Office, api: Running, kit: Kit) -> None:
    api.put_state(kit.seeded({(1, 11): ("gesendet", "aktiv")}))
    office.drop_csv("a.csv", [(1, 11, "", "aktiv")])

    office.run()

    assert codes(rows_of(office)[0]) == []
    assert office.reports()[-1]["run"]["may_write_to_customers"] == 0


def test_an_account_that_does_not_know_the_fields_does_without_the_warnings(office: Office, api: Running, kit: Kit) -> None:
    api.put_state(kit.seeded({(1, 11): ("gesendet", "inaktiv")}))
    api.put_faults([{"on": "nth", "n": 1, "verb": "get", "do": "action_error", "code": 74}])
    office.drop_csv("a.csv", [(1, 11, "bestätigt", "")])

    office.run()

    assert [row["outcome"] for row in rows_of(office)] == ["updated"]
