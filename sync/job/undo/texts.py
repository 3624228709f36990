"""Every sentence about taking a run back, in German and English."""

from __future__ import annotations

from typing import Final

from sync.i18n.texts import Words

#: What stands for a file in the report of an undo.
NAME: Final = Words("Rücknahme von {run}", "Undo of {run}")
SHEET: Final = Words("Rückgängig", "Undo")

CHANGED_NOTHING: Final = Words(
    "Der Abgleich {run} hat in onOffice nichts geändert; es gibt nichts zurückzunehmen.",
    "Run {run} has changed nothing in onOffice; there is nothing to take back.",
)
ALREADY: Final = Words(
    "Der Abgleich {run} ist schon zurückgenommen, und zwar von {other}.", "Run {run} has been taken back already, by {other}."
)
NOT_OVER: Final = Words(
    "Der Abgleich {run} ist noch nicht zu Ende: Er läuft gerade, oder er wurde unterbrochen. Warten Sie ihn ab, oder bringen Sie "
    "ihn zu Ende (onoffice-sync run); danach lässt er sich zurücknehmen.",
    "Run {run} is not over yet: it is active, or it was interrupted. Wait for its end, or bring it to its end (onoffice-sync "
    "run); then it can be taken back.",
)
FORGOTTEN: Final = Words(
    "Der Abgleich {run} lässt sich nicht mehr zurücknehmen: Seine Einzelheiten wurden am {when} entfernt, weil sie älter waren "
    "als eingestellt ([retention] days).",
    "Run {run} cannot be taken back any more: its details were removed on {when} because they were older than the setting "
    "([retention] days).",
)
BLIND: Final = Words(
    "Der Abgleich {run} lässt sich nicht zurücknehmen: Er konnte nicht lesen, wie die Verknüpfungen vorher waren.",
    "Run {run} cannot be taken back: it could not read how the links were before.",
)
FOLLOWED: Final = Words(
    "Der Abgleich {run} wurde unterbrochen und von {other} weitergeführt. Zurückgenommen wird {other}.",
    "Run {run} was interrupted and carried on by {other}. {other} is taken back.",
)
FILES_ARE_BACK: Final = Words(
    "Seine Dateien liegen wieder im Ablageordner. Nehmen Sie sie dort heraus, sonst trägt der nächste Abgleich alles wieder ein.",
    "Its files are back in the drop folder. Take them out, or the next run will apply them again.",
)
ONE_UNKNOWN: Final = Words(
    "{} Verknüpfung bleibt, wie sie ist, weil ihr Stand vor dem Abgleich nicht bekannt ist.",
    "{} link stays as it is because its state before the run is not known.",
)
UNKNOWN: Final = Words(
    "{} Verknüpfungen bleiben, wie sie sind, weil ihr Stand vor dem Abgleich nicht bekannt ist.",
    "{} links stay as they are because their state before the run is not known.",
)
ONE_HALF_UNKNOWN: Final = Words(
    "Bei {} Verknüpfung bleibt ein Status, wie er ist, weil er vor dem Abgleich nicht zu lesen war.",
    "Of {} link one status stays as it is because it could not be read before the run.",
)
HALF_UNKNOWN: Final = Words(
    "Bei {} Verknüpfungen bleibt ein Status, wie er ist, weil er vor dem Abgleich nicht zu lesen war.",
    "Of {} links one status stays as it is because it could not be read before the run.",
)
TAKES_BACK: Final = Words("Zurückgenommen wird der Abgleich {run} vom {when}.", "Run {run} of {when} is taken back.")
ONE_WOULD_CHANGE: Final = Words("{} Verknüpfung wird zurückgesetzt:", "{} link is set back:")
WOULD_CHANGE: Final = Words("{} Verknüpfungen werden zurückgesetzt:", "{} links are set back:")
QUESTION: Final = Words("So in onOffice zurücksetzen? (ja/nein)", "Set them back like this in onOffice? (yes/no)")
YES_OR_NO: Final = Words("Bitte antworten Sie mit ja oder nein.", "Please answer yes or no.")
LEFT_ALONE: Final = Words("Es wurde nichts geändert.", "Nothing has been changed.")
NOBODY_THERE: Final = Words(
    "Hier kann niemand gefragt werden. Starten Sie den Befehl in einem Terminal, oder schreiben Sie --yes dazu.",
    "Nobody can be asked here. Start the command in a terminal, or add --yes.",
)
