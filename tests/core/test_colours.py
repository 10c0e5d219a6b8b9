"""Text in every colour of the two themes can be read on the grounds it stands on."""

import pytest

from embedlab.core.colours import DARK, LIGHT, contrast, variables

AA, CAPTIONS, GRAPHICS = 4.5, 6.0, 3.0


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_text_reaches_aa_on_each_ground_and_captions_more(colours):
    for ground in (colours.page, colours.soft, colours.chip):
        assert contrast(colours.text, ground) >= AA
        assert contrast(colours.accent_text, ground) >= AA
        assert contrast(colours.second_text, ground) >= AA
    assert contrast(colours.on_accent, colours.accent) >= AA
    assert contrast(colours.captions, colours.page) >= CAPTIONS
    assert contrast(colours.captions, colours.soft) >= CAPTIONS
    for mark in (colours.accent, colours.second):
        assert contrast(mark, colours.page) >= GRAPHICS


def test_contrast_is_that_of_the_guidelines():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#767676") == pytest.approx(4.54, abs=0.01)  # the lightest grey of AA on white


def test_variables_hold_both_themes():
    assert f"--em-accent-text: light-dark({LIGHT.accent_text}, {DARK.accent_text});" in variables()
