"""What runs have learnt about an office's API, with the runs that taught it."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from sync.onoffice.dialect import Dialect, Trait
from sync.setup.doctor.finding import Finding, Symptom

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sync.onoffice.dialect import Lesson


_WORDS: Final = frozenset({Trait.CONFIRMATION_WORD, Trait.FEEDBACK_WORD})


def examine(lessons: Sequence[Lesson]) -> Iterator[Finding]:
    """A finding for each thing that counts; a word counts once enough links agree."""
    dialect = Dialect.of(lessons)
    runs: defaultdict[tuple[Trait, str], list[str]] = defaultdict(list)
    for each in lessons:
        counts = each.trait not in _WORDS or each.subject in {*dialect.words, *dialect.feedback_words}
        said = f"{each.subject} = {each.value}" if each.subject else each.value
        if counts and each.run not in runs[each.trait, said]:
            runs[each.trait, said].append(each.run)
    for (trait, said), taught in runs.items():
        if taught:
            yield Finding(Symptom.LEARNT, f"{trait}: {said}", ", ".join(taught))
