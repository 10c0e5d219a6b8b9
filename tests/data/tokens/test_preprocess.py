import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embedlab.core.errors import BadSetting
from embedlab.data.tokens.phrases import PhraseModel, learn_phrases
from embedlab.data.tokens.preprocess import MAX_TOKENS, Preprocessing, keep_word, raw_sentences, sentences, tokenizer
from embedlab.data.tokens.preview import PreviewToken, preview
from embedlab.data.tokens.sentences import sentence_spans

PLAIN = Preprocessing()


def words(text, **options):
    return [word for _, _, tokens in sentences(text, Preprocessing(**options)) for word in tokens]


def cut(text):
    return [text[a:b] for a, b in sentence_spans(text)]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["don't", "the", "café's", "3", "14", "user_name", "été"]),
        ({"lowercase": False}, ["Don't", "THE", "Café's", "3", "14", "user_name", "Été"]),
        ({"strip_accents": True}, ["don't", "the", "cafe's", "3", "14", "user_name", "ete"]),
        ({"numbers": "digits"}, ["don't", "the", "café's", "0", "00", "user_name", "été"]),
        ({"numbers": "token"}, ["don't", "the", "café's", "<num>", "<num>", "user_name", "été"]),
        ({"numbers": "drop"}, ["don't", "the", "café's", "user_name", "été"]),
        ({"stopwords": "english"}, ["café's", "3", "14", "user_name", "été"]),
        ({"tokenizer": "whitespace"}, ["don't", "'the'", "café’s", "--", "3.14,", "user_name", "_été_!"]),
        (
            {"tokenizer": "whitespace", "numbers": "drop"},
            ["don't", "'the'", "café’s", "--", "3.14,", "user_name", "_été_!"],
        ),
        ({"tokenizer": "pattern", "pattern": "[a-z]+"}, ["don", "t", "the", "caf", "s", "user", "name", "t"]),
        ({"tokenizer": "pattern", "pattern": "([a-z])([a-z]+)"}, ["don", "the", "caf", "user", "name"]),
    ],
)
def test_sentences_tokens(options, expected):
    assert words("Don't 'THE' Café’s -- 3.14, user_name _Été_!", **options) == expected


@pytest.mark.parametrize("number", ["1", "1,000.50", "-3", "12:30", "2001-02", "50%", "$9.99"])
def test_keep_word_knows_numbers(number):
    assert keep_word(Preprocessing(tokenizer="whitespace", numbers="token"))(number) == "<num>"


def test_sentences_unicode_forms():
    assert words("ﬁne cafe\u0301 Ｗide") == ["ﬁne", "café", "ｗide"]
    assert words("ﬁne cafe\u0301 Ｗide", unicode="NFKC") == ["fine", "café", "wide"]
    assert words("cafe\u0301", unicode="none") == ["cafe\u0301"]
    assert words("한국어 é", strip_accents=True, unicode="none") == ["한국어", "e"]
    assert words("हिन्दी में नमस्ते दुनिया") == ["हिन्दी", "में", "नमस्ते", "दुनिया"]


def test_sentence_spans_english():
    text = (
        'Dr. Smith, i.e. J. R. Smith, paid 3.50 at approx. noon. "Did he?" she said. Wait... what! Yes (no.) End\n'
        "of line.\n\nTitle without stop\n \n next"
    )
    assert cut(text) == [
        "Dr. Smith, i.e. J. R. Smith, paid 3.50 at approx. noon.",
        '"Did he?" she said.',
        "Wait... what!",
        "Yes (no.)",
        "End\nof line.",
        "Title without stop",
        "next",
    ]


def test_sentence_spans_other_texts():
    assert cut("it was bad . we left . ok") == ["it was bad .", "we left .", "ok"]
    assert cut("這是一句。這是第二句！好") == ["這是一句。", "這是第二句！", "好"]
    assert cut(" \n ") == cut("") == []
    assert cut("...") == ["..."]


def test_sentences_document_boundary():
    assert [t for _, _, t in sentences(" One. Two.\n\nThree ", Preprocessing(boundary="document"))] == [
        ["one", "two", "three"]
    ]


@pytest.mark.parametrize("text", ["a " * 7000, "ab" * 3000, "é " * 7000, "a.b " * 4000, "界" * 12_000])
@pytest.mark.parametrize(
    "options", [{}, {"boundary": "document"}, {"tokenizer": "whitespace"}, {"tokenizer": "pattern", "pattern": r"\w"}]
)
def test_sentences_long_ones_are_cut(text, options):
    prep = Preprocessing(**options)
    found = list(sentences(text, prep))
    assert all(len(tokens) <= MAX_TOKENS for _, _, tokens in found)
    if options.get("tokenizer") == "pattern":
        assert sum(len(tokens) for *_, tokens in found) == len(re.findall(r"\w", text))
    elif " " in text:
        whole = text.split() if options.get("tokenizer") else re.findall(r"\w", text)
        assert [token for *_, tokens in found for token in tokens] == whole


texts = st.text(
    st.one_of(st.sampled_from(" \n.!?'’_\"aAbB09éÉß。，界\u0301"), st.characters(exclude_categories=["Cs"])),
    max_size=200,
)
preps = st.builds(
    Preprocessing,
    lowercase=st.booleans(),
    unicode=st.sampled_from(["NFC", "NFKC", "none"]),
    strip_accents=st.booleans(),
    tokenizer=st.sampled_from(["words", "whitespace", "pattern"]),
    numbers=st.sampled_from(["keep", "digits", "token", "drop"]),
    stopwords=st.sampled_from(["none", "english"]),
    boundary=st.sampled_from(["sentence", "document"]),
)


@settings(max_examples=300, deadline=None)
@given(text=texts, prep=preps)
def test_sentences_spans_point_at_the_text_of_their_tokens(text, prep):
    keep, end = keep_word(prep), 0
    for first, last, tokens in sentences(text, prep):
        assert end <= first < last <= len(text)
        end = last
        again = [word for word in map(keep, tokenizer(prep)(text[first:last])) if word]
        assert tokens == again


@settings(max_examples=200, deadline=None)
@given(text=texts)
def test_sentences_drop_no_letters(text):
    prep = Preprocessing(unicode="none", lowercase=False)
    kept = "".join(word for *_, tokens in sentences(text, prep) for word in tokens)
    assert re.sub(r"[\W_]", "", kept) == re.sub(r"[\W_]", "", text)


@settings(max_examples=200, deadline=None)
@given(text=st.text(st.sampled_from("abcXYZ019 '_.,!?-\n\t\"()"), max_size=120), prep=preps)
def test_sentences_fast_ascii_path_equals_the_pattern(text, prep):
    """A letter that is not ASCII sends the whole sentence down the slow path; the other tokens must not change."""
    prep = replace(prep, boundary="document")
    fast = [word for *_, tokens in sentences(text + " x", prep) for word in tokens]
    slow = [word for *_, tokens in sentences(text + " é", prep) for word in tokens]
    assert fast[-1] == "x" and fast[:-1] == slow[: len(fast) - 1]


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"tokenizer": "letters"}, "Tokens must be one of"),
        ({"min_count": 0}, "Minimum count must lie between"),
        ({"pattern": "("}, "not a regular expression"),
        ({"pattern": "a*"}, "Use \\+ in place"),
        ({"phrases": 3}, "between 0 and 2"),
        ({"lowercase": "yes"}, "true or false"),
        ({"sample": float("nan")}, "a number"),
        ({"max_vocab": 0}, "between"),
    ],
)
def test_preprocessing_refuses(options, match):
    with pytest.raises(BadSetting, match=match):
        Preprocessing(**options)


def test_preview_names_the_reasons():
    lines = ["The 3 cats saw the cat.", "A cat! And 4 dogs"]
    prep = Preprocessing(stopwords="english", numbers="drop", min_count=2)
    first, second = preview(lines, prep)
    assert first.text == lines[0]
    assert first.sentences == (
        (
            PreviewToken("the", "stop word"),
            PreviewToken("3", "number"),
            PreviewToken("cats", "rare"),
            PreviewToken("saw", "rare"),
            PreviewToken("the", "stop word"),
            PreviewToken("cat"),
        ),
    )
    assert [len(sentence) for sentence in second.sentences] == [2, 3]
    assert second.kept == ["cat"]
    assert [(t.text, t.reason) for t in second.dropped] == [
        ("a", "stop word"),
        ("and", "stop word"),
        ("4", "number"),
        ("dogs", "rare"),
    ]


def test_preview_counts_of_a_corpus():
    prep = Preprocessing(min_count=5, max_vocab=2, sample=1e-6)
    (line,) = preview(["cat dog bird fish"], prep, counts={"cat": 900_000, "dog": 1000, "bird": 9, "fish": 4})
    assert [(t.text, t.reason) for t in line.dropped] == [
        ("cat", "subsampled"),
        ("dog", "subsampled"),
        ("bird", "beyond the maximum vocabulary"),
        ("fish", "rare"),
    ]


def test_preview_phrases_learned_from_the_lines():
    lines = ["I love New York and she loves New York", "the 7 new york cabs", "new york", "york new"] * 3
    prep = Preprocessing(phrases=1, phrase_min_count=3, phrase_threshold=0.5, numbers="drop")
    assert preview(lines, prep)[0].kept == ["i", "love", "new_york", "and", "she", "loves", "new_york"]
    known = PhraseModel(({"york_cabs": 1.0},))
    assert preview(lines, prep, phrases=known)[1].kept == ["the", "new", "york_cabs"]


def test_preview_phrase_around_a_dropped_word():
    (line,) = preview(
        ["bank of america here"],
        Preprocessing(stopwords="english", phrases=1),
        phrases=PhraseModel(({"bank_america": 1.0},)),
    )
    assert line.sentences[0] == (
        PreviewToken("bank_america"),
        PreviewToken("of", "stop word"),
        PreviewToken("here", "stop word"),
    )


def test_preview_agrees_with_sentences():
    text = "Preview must show what encoding does: 3 naïve tests, it's all."
    for options in ({}, {"stopwords": "english"}, {"numbers": "token"}, {"tokenizer": "whitespace"}):
        assert preview([text], Preprocessing(**options))[0].kept == words(text, **options)


def test_phrases_equal_gensim():
    from gensim.models.phrases import FrozenPhrases, Phrases

    corpus = [line.split() for line in ["new york times", "a new york minute", "new york", "york new a"] * 10]
    prep = Preprocessing(phrases=2, phrase_min_count=3, phrase_threshold=0.5)
    model = learn_phrases(lambda: corpus, prep)
    first = FrozenPhrases(Phrases(corpus, min_count=3, threshold=0.5))
    second = FrozenPhrases(Phrases(first[corpus], min_count=3, threshold=0.5))
    assert [model.join(tokens) for tokens in corpus] == list(second[first[corpus]])
    assert model.join("a new york times".split()) == list(second[first["a new york times".split()]])


def test_phrases_round_trip(tmp_path):
    assert PhraseModel.load(tmp_path) is None
    PhraseModel(({"a_b": 1.5}, {"a_b_ç": 2.0})).save(tmp_path)
    loaded = PhraseModel.load(tmp_path)
    assert loaded.passes == ({"a_b": 1.5}, {"a_b_ç": 2.0}) and len(loaded) == 2
    assert loaded.join(["a", "b", "ç", "a"]) == ["a_b_ç", "a"]


def test_raw_sentences_keep_what_keep_word_drops():
    prep = replace(PLAIN, stopwords="english")
    assert [tokens for *_, tokens in raw_sentences("The 'cat'.", tokenizer(prep))] == [["the", "'cat'"]]
