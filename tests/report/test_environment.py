"""Templates that speak, and a style sheet that can be read."""

from __future__ import annotations

import re
from itertools import product

import pytest

from granite_ws.phrase import say
from granite_ws.report.environment import style, templates
from granite_ws.report.language import speaking

# Text and what it stands on, by the style sheet's names.
PAIRS = [
    *product(("ink", "soft", "link", "good", "bad", "open"), ("paper", "tint")),
    *product(("ink",), ("good-tint", "bad-tint", "open-tint", "lit")),
    *product(("soft", "link"), ("lit",)),
    ("good", "good-tint"),
    ("bad", "bad-tint"),
    ("open", "open-tint"),
    *product(("gws-ink", "gws-grey", "gws-red"), ("paper",)),
]


def rendered(source: str, **values: object) -> str:
    return templates().from_string(source).render(**values)


def test_a_phrase_is_said_and_then_escaped() -> None:
    """In the language spoken now; its foreign values stay text."""
    words = say("reason: {reason}", reason="<b>")
    assert "reason: &lt;b&gt;" == rendered("{{ words }}", words=words)
    with speaking("pt-BR"):
        assert "motivo: &lt;b&gt;" == rendered("{{ words }}", words=words)


def test_a_template_speaks_the_language_of_each_use() -> None:
    """The same compiled template in one language and in the other."""
    template = templates().from_string('{{ _("Lost connections") }} {{ language() }}')
    english = template.render()
    with speaking("pt-BR"):
        other = template.render()
    assert "Lost connections en" == english == template.render()
    assert other.endswith("pt-BR")
    assert "Lost" not in other


def test_words_of_a_file_are_not_translated() -> None:
    """What a log calls "none" is a name, and no word of ours."""
    with speaking("pt-BR"):
        assert "none" == rendered("{{ words }}", words="none")
        assert '<span translate="no">none</span>' == rendered('{{ "none" | code }}')


def colours(scheme: str) -> dict[str, str]:
    """Name to colour of one scheme."""
    screen = style().partition("@media print")[0]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", screen))
    for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", screen):
        assert light == found[name], "browsers without light-dark() see the same light colours"
        found[name] = light if scheme == "light" else dark
    return found


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
    channels = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_can_be_read_on_what_it_stands_on(text: str, ground: str, scheme: str) -> None:
    """WCAG's 4.5 to 1, by day and by night; the words in pictures, too."""
    known = colours(scheme)
    lighter, darker = sorted((luminance(known[text]), luminance(known[ground])), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 4.5
