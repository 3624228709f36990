"""What `init` asks and says, in German and English."""

from __future__ import annotations

from typing import Final

#: Asked before the language is known.
LANGUAGE: Final = "Sprache / Language (de, en)"
LANGUAGES: Final = {
    **dict.fromkeys(("de", "deutsch", "german"), "de"),
    **dict.fromkeys(("en", "englisch", "english"), "en"),
}
LANGUAGE_AGAIN: Final = "Bitte de oder en / please de or en"
#: Told before anything is asked.
FOLDER_GIVEN: Final = (
    "--config {path}: Das ist ein Ordner; bitte eine Datei darin nennen, etwa {example} / this is a folder; name a file in it, "
    "such as {example}"
)
