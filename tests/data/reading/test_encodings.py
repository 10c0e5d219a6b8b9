"""Encodings are detected and named, or taken as chosen; letters are never wrong without a word about it."""

import pytest
from helpers.corpora import write

from embedlab.core.errors import BadInput, BadSetting
from embedlab.data.reading.encodings import encoding_of
from embedlab.data.reading.options import ReadOptions
from embedlab.data.reading.readers import ReadContext, read_documents

TEXTS = {
    "Polish": "Źdźbło trawy rośnie nad rzeką, a pięć żab skacze w błocie, gdy słońce świeci jaśniej niż wczoraj.",
    "Czech": "Žába skáče přes potůček, zatímco děti sbírají houby a tatínek štípe dříví na zimu.",
    "Hungarian": "A kőműves új házat épít, és közben az őszi eső hűvösen hullik az erdőre.",
    "Turkish": "Işıklı şehirde yağmur yağıyor, çocuklar güneşi özlüyor ve kuşlar göç ediyor.",
    "Russian": "Над рекой летят журавли, а в лесу уже пахнет грибами и первым снегом.",
    "Greek": "Το καράβι έφυγε νωρίς το πρωί και τα παιδιά κοιτούσαν τη θάλασσα από το λιμάνι.",
    "German": "Die Möwen kreisen über dem Hafen, während der Bäcker süße Brötchen in die Öfen schiebt.",
    "Japanese": "港の近くで猫が魚を食べています。空は青く、風は静かです。",
    "Chinese": "港口附近有一只猫在吃鱼，天空很蓝，风很安静。孩子们在河边玩耍。",
    "Korean": "항구 근처에서 고양이가 생선을 먹고 있다. 하늘은 파랗고 바람은 잔잔하다.",
}


def read(path, **options):
    readings = []
    documents = read_documents(path, options=ReadOptions(**options), context=ReadContext(on_reading=readings.append))
    return "\n".join(document.text for document in documents), readings[0]


@pytest.mark.parametrize(
    "language, codec, label",
    [
        ("Polish", "cp1250", "Windows-1250"),
        ("Polish", "iso-8859-2", "ISO-8859-2"),
        ("Czech", "cp1250", "Windows-1250"),
        ("Hungarian", "cp1250", "Windows-1250"),
        ("Turkish", "cp1254", "Windows-1254"),
        ("Russian", "cp1251", "Windows-1251"),
        ("Russian", "koi8-r", "KOI8-R"),
        ("Greek", "cp1253", "Windows-1253"),
        ("German", "cp1252", "Windows-1252"),
        ("Japanese", "shift_jis", "CP932"),
        ("Chinese", "gb18030", "GB 18030"),
        ("Korean", "euc_kr", "CP949"),
    ],
)
def test_encoding_of_a_short_text_is_detected_and_named(tmp_path, language, codec, label):
    text, reading = read(write(tmp_path / "a.txt", TEXTS[language].encode(codec)))
    assert text == TEXTS[language]
    assert (reading.encoding, reading.encoding_by) == (label, "detected")
    assert 0 < reading.confidence <= 1 and reading.doubtful


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_encoding_that_is_certain_has_no_confidence(tmp_path, codec):
    text, reading = read(write(tmp_path / "a.txt", TEXTS["Polish"].encode(codec)))
    assert text == TEXTS["Polish"]
    assert reading.confidence is None and not reading.doubtful


def test_encoding_that_is_chosen_is_used(tmp_path):
    path = write(tmp_path / "a.txt", "déjà vu".encode("cp850"))
    text, reading = read(path, encoding="cp850")
    assert (text, reading.encoding, reading.encoding_by) == ("déjà vu", "DOS 850", "chosen")


def test_encoding_that_is_chosen_wrongly_is_counted(tmp_path):
    _, reading = read(write(tmp_path / "a.txt", b"one \x81 two"), encoding="cp1252")
    assert reading.notes == ("1 characters are not in Windows-1252 and were replaced.",)


@pytest.mark.parametrize("name", ["klingon", "rot13", "zlib", "idna", "undefined", "unicode_escape", ""])
def test_encoding_that_does_not_exist_is_refused(name):
    with pytest.raises(BadSetting, match="There is no encoding"):
        ReadOptions(encoding=name)


def test_encoding_is_decided_where_the_first_letters_stand(tmp_path):
    """The first 150,000 bytes are ASCII; what follows decides."""
    plain = "plain words in a long row\n" * 6_000
    text, reading = read(write(tmp_path / "a.txt", plain.encode() + TEXTS["Polish"].encode("cp1250")))
    assert text.split("\n")[-1] == TEXTS["Polish"] and reading.encoding == "Windows-1250"


def test_stray_bytes_in_utf8_are_counted(tmp_path):
    data = (TEXTS["Polish"] * 3).encode() + b" caf\xe9 "
    text, reading = read(write(tmp_path / "a.txt", data))
    assert text.endswith("café") and reading.encoding == "UTF-8"
    assert reading.notes == ("1 bytes are no UTF-8 and were read as Windows-1252.",)


@pytest.mark.parametrize("data", [b"abc\0def", bytes(range(1, 32)) * 9])
def test_bytes_that_are_no_text_are_refused(data):
    with pytest.raises(BadInput, match="looks like a binary file"):
        encoding_of(data, "a.txt")
