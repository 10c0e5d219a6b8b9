"""Languages: text without spaces, Turkish capitals, invisible characters, marks of Arabic and Hebrew."""

import pytest

from embedlab.data.build import encode_corpus
from embedlab.data.reading.readers import Document
from embedlab.data.spelling import spelled
from embedlab.data.tokens.languages import language_of
from embedlab.data.tokens.preprocess import Preprocessing, sentences
from embedlab.data.tokens.spans import token_spans

CHINESE = "我昨天在北京遇见了老朋友。猫坐在垫子上。"
JAPANESE = "猫はマットの上に座っていた。昨日、東京で友人に会いました。"
THAI = "แมวนั่งอยู่บนเสื่อ เมื่อวานนี้ฉันไปตลาดกับเพื่อน"
TURKISH = "Iğdır ılık bir şehir. Isparta'da kadın yağmurlu yolda yürüdü. İzmir'de ışık vardı."


def words(text, **options):
    return [word for _, _, tokens in sentences(text, Preprocessing(**options)) for word in tokens]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("infor\u00admation em\u00adbed\u00addings", ["information", "embeddings"]),
        ("\ufeffword\u2060joined left\u200eright", ["wordjoined", "leftright"]),
        ("می‌خواهم", ["میخواهم"]),
        ("ഞാന്‍ ഒരു", ["ഞാന്", "ഒരു"]),
        ("two\u200bwords", ["two", "words"]),
        ("İstanbul istanbul ISTANBUL", ["istanbul", "istanbul", "istanbul"]),
    ],
)
def test_words_with_invisible_characters_are_the_words_one_sees(text, expected):
    assert words(text) == expected
    assert words(text, tokenizer="whitespace") == expected


def test_joiners_stay_in_emoji_and_without_a_unicode_form():
    assert words("👨‍👩‍👧 x", tokenizer="whitespace") == ["👨‍👩‍👧", "x"]
    assert words("infor\u00admation", tokenizer="whitespace", unicode="none") == ["infor\u00admation"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("كَتَبَ كتب", ["كتب", "كتب"]),
        ("مــحــمــد محمد", ["محمد", "محمد"]),
        ("שָׁלוֹם שלום", ["שלום", "שלום"]),
        ("أكل آكل رؤية", ["أكل", "آكل", "رؤية"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("café Ελλάδα ёлка", ["cafe", "ελλαδα", "елка"]),
    ],
)
def test_strip_accents_takes_points_and_leaves_letters(text, expected):
    assert words(text, strip_accents=True) == expected


@pytest.mark.parametrize(
    ("text", "known"),
    [
        (CHINESE, {"北京", "猫", "垫子", "昨天"}),
        (JAPANESE, {"猫", "マット", "東京", "友人"}),
        (THAI, {"แมว", "นั่ง", "ตลาด", "เพื่อน"}),
    ],
)
def test_text_without_spaces_is_cut_into_words(text, known):
    assert known <= set(words(text))
    assert max(map(len, words(text))) < max(map(len, words(text, segment="none")))
    assert "".join(words(text)) == "".join(words(text, segment="none"))


def test_text_of_two_scripts_is_cut_where_they_meet():
    assert words("用GPT模型 and English don't") == ["用", "gpt", "模型", "and", "english", "don't"]


@pytest.mark.parametrize(
    ("text", "casing", "said"),
    [
        (TURKISH, "turkic", "looks Turkish or Azeri"),
        ("İstanbul is a city that the writer of this English sentence has never seen before.", "common", None),
        ("The cat sat on the mat.", "common", None),
        (CHINESE, "common", "looks Chinese, which is written without spaces. It was cut"),
        (JAPANESE, "common", "looks Japanese"),
        (THAI, "common", "looks Thai"),
    ],
)
def test_language_decides_what_is_left_to_it_and_says_so(text, casing, said):
    found = language_of([text], Preprocessing())
    assert found.preprocessing.casing == casing
    assert (said is None and not found.notes) or said in found.notes[0]


def test_language_that_is_chosen_stays():
    assert language_of([TURKISH], Preprocessing(casing="common")).preprocessing.casing == "common"
    assert "whole clauses count as words" in language_of([CHINESE], Preprocessing(segment="none")).notes[0]
    assert not language_of([CHINESE], Preprocessing(tokenizer="whitespace")).notes


def test_turkish_corpus_keeps_its_two_letters(tmp_path):
    corpus = encode_corpus([Document(TURKISH)] * 3, tmp_path, name="turkish")
    assert {"ığdır", "ısparta'da", "izmir'de"} <= set(corpus.vocabulary.words)
    assert corpus.preprocessing.casing == "turkic" and "Turkish" in corpus.meta["language"][0]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("King", "king"),
        ("New York", "new_york"),
        ("new  york", "new_york"),
        ("uo\u0302\u0301ng", "uống"),
        ("Café", "café"),
        ("Café", "cafe"),
        ("İSTANBUL", "istanbul"),
        ("Iğdır", "ığdır"),
        ("don’t", "don't"),
        ("em\u00adbedding", "embedding"),
        ("ﬁeld", "field"),
        ("כָּתַב", "כתב"),
    ],
)
def test_word_is_found_in_the_spelling_that_the_vocabulary_has(typed, kept):
    assert spelled(typed, {"other": 0, kept: 7}) == 7


def test_word_is_found_as_typed_before_any_other_spelling():
    assert spelled("King", {"king": 0, "King": 1}) == 1
    assert spelled("Kong", {"king": 0}) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("schön und schon", [("schön", "schön"), ("und", "und"), ("schon", "schon")]),
        ("cafe\u0301s, 'quoted'", [("cafés", "cafe\u0301s"), ("quoted", "quoted")]),
        ("ΣΟΦΟΣ Straße", [("σοφος", "ΣΟΦΟΣ"), ("straße", "Straße")]),
        ("infor\u00admation", [("information", "infor\u00admation")]),
        ("猫坐在", [("猫", "猫"), ("坐在", "坐在")]),
        ("한국어 각", [("한국어", "한국어"), ("각", "각")]),
        ("don’t", [("don't", "don’t")]),
    ],
)
def test_token_spans_point_at_what_was_read(text, expected):
    found = token_spans(text, Preprocessing())
    assert [(token.word, text[token.first : token.last]) for token in found] == expected
    assert [token.word for token in found] == words(text)
