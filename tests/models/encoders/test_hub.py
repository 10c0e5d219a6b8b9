"""Models by name and folder: bare names, pickled weights of any part, damaged files, and what is said of each."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace

import huggingface_hub
import pytest
from huggingface_hub.errors import LocalEntryNotFoundError, RepositoryNotFoundError

from embedlab.core.errors import BadSetting
from embedlab.models.encoders.encoder import load_encoder
from embedlab.models.encoders.hub import bundled_folder, find_model, refuse_pickled
from embedlab.models.encoders.load import is_static, open_encoder
from embedlab.models.masked.model import open_model

DENSE = [
    "modules.json",
    "model.safetensors",
    "config.json",
    "1_Pooling/config.json",
    "2_Dense/config.json",
    "2_Dense/pytorch_model.bin",
]


@pytest.fixture
def hub(monkeypatch):
    """A hub of {name: files} with an empty cache, and the names asked for, as "hub:..." and "load:..."."""
    there, asked = {}, []

    def model_info(self, name, timeout):
        asked.append(f"hub:{name}")
        if name not in there:
            raise RepositoryNotFoundError("404", response=SimpleNamespace(headers={}, status_code=404, request=None))
        return SimpleNamespace(siblings=[SimpleNamespace(rfilename=file) for file in there[name]])

    def snapshot_download(name, *, local_files_only, cache_dir):
        raise LocalEntryNotFoundError("nothing there")

    monkeypatch.setattr(huggingface_hub.HfApi, "model_info", model_info)
    monkeypatch.setattr(huggingface_hub, "snapshot_download", snapshot_download)
    return SimpleNamespace(there=there, asked=asked, load=lambda name, **options: asked.append(f"load:{name}") or name)


def copied(tiny: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny, tmp_path / "model"))


def test_bare_name_is_tried_as_it_is_first(hub):
    hub.there |= {"bert-base-uncased": ["model.safetensors", "config.json"]}
    assert find_model("bert-base-uncased", hub.load, kind="model") == "bert-base-uncased"
    assert hub.asked == ["hub:bert-base-uncased", "load:bert-base-uncased"]


def test_bare_name_is_then_tried_as_one_of_sentence_transformers(hub):
    hub.there |= {"sentence-transformers/all-mpnet-base-v2": ["model.safetensors"]}
    assert find_model("all-mpnet-base-v2", hub.load, kind="model") == "sentence-transformers/all-mpnet-base-v2"
    assert hub.asked[:2] == ["hub:all-mpnet-base-v2", "hub:sentence-transformers/all-mpnet-base-v2"]


def test_name_that_the_hub_does_not_know_is_a_sentence(hub):
    with pytest.raises(BadSetting, match="no model 'nothing' or 'sentence-transformers/nothing' that is open to all"):
        find_model("nothing", hub.load, kind="model")
    with pytest.raises(BadSetting, match="no model 'some/thing' that is open to all"):
        find_model("some/thing", hub.load, kind="model")
    assert not [step for step in hub.asked if step.startswith("load")]


def test_pickled_weights_of_a_part_are_refused_on_the_hub_before_anything_is_fetched(hub):
    hub.there |= {"some/model": DENSE}
    with pytest.raises(
        BadSetting, match="'some/model' holds the weights '2_Dense/pytorch_model.bin' without safetensors beside them"
    ):
        find_model("some/model", hub.load, kind="model")
    assert hub.asked == ["hub:some/model"]


def test_pickled_weights_of_a_part_are_refused_in_the_cache(hub, monkeypatch, tmp_path):
    for file in DENSE:
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).touch()
    monkeypatch.setattr(huggingface_hub, "snapshot_download", lambda name, **_: str(tmp_path))
    with pytest.raises(BadSetting, match="as it was fetched before, holds the weights '2_Dense/pytorch_model.bin'"):
        find_model("some/model", hub.load, kind="model")
    (tmp_path / "2_Dense" / "model.safetensors").touch()
    assert find_model("some/model", hub.load, kind="model") == str(tmp_path)
    assert hub.asked == [f"load:{tmp_path}"]


def test_pickled_weights_of_a_part_are_refused_in_a_folder(tiny, tmp_path):
    folder = copied(tiny, tmp_path)
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "config.json").write_text('{"in_features": 32, "out_features": 8}')
    (folder / "2_Dense" / "pytorch_model.bin").write_bytes(b"\x80\x02")
    modules = json.loads((folder / "modules.json").read_text())
    modules.append({"idx": 2, "name": "2", "path": "2_Dense", "type": "sentence_transformers.models.Dense"})
    (folder / "modules.json").write_text(json.dumps(modules))
    with pytest.raises(
        BadSetting, match="holds the weights '2_Dense/pytorch_model.bin' without safetensors beside them"
    ):
        load_encoder(str(folder), 64)


@pytest.mark.parametrize(
    "files",
    [
        [
            "config.json",
            "model.safetensors",
            "pytorch_model.bin",
            "training_args.bin",
            "texts/texts.bin",
            "texts/about.json",
        ],
        [
            "config.json",
            "model.safetensors",
            "openvino/openvino_model.bin",
            "openvino/config.json",
            "onnx/model.onnx",
            "coreml/float32_model.mlpackage/Data/com.apple.CoreML/weights/weight.bin",
        ],
    ],
)
def test_weights_for_other_programs_and_copies_of_safe_ones_are_left_alone(files):
    assert refuse_pickled("It", files) is None


@pytest.mark.parametrize("file", ["0/adapter_model.bin", "0/pytorch_model.bin", "0/PYTORCH_MODEL.BIN"])
def test_weights_that_are_read_by_their_name_need_no_settings_beside_them(file):
    with pytest.raises(BadSetting, match="without safetensors beside them"):
        refuse_pickled("It", ["model.safetensors", "config.json", file])


def test_damaged_weights_are_a_sentence(tiny, tmp_path):
    folder = copied(tiny, tmp_path)
    (folder / "model.safetensors").write_bytes(b"\x10\x00\x00\x00\x00\x00\x00\x00 not a header {{")
    with pytest.raises(BadSetting, match="could not be loaded as a sentence encoder: .*It needs safetensors"):
        open_encoder(str(folder), 64)
    with pytest.raises(BadSetting, match="could not be loaded as a masked language model: .*It needs safetensors"):
        open_model(str(folder), seed=1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        "null",
        "7",
        '["a"]',
        '[{"idx": 0}]',
        '[{"type": 5}]',
        '[{"type": null}]',
        '{"0": {"type": "x"}}',
    ],
)
def test_bad_list_of_modules_is_a_sentence(tiny, tmp_path, text):
    folder = copied(tiny, tmp_path)
    (folder / "modules.json").write_text(text)
    assert not is_static(str(folder))
    with pytest.raises(BadSetting, match="could not be loaded as a sentence encoder"):
        open_encoder(str(folder), 64)


@pytest.mark.parametrize(
    "text",
    [
        "{",
        "[]",
        "null",
        '{"model_type": "bert", "hidden_size": "wide"}',
        '{"model_type": "bert", "num_hidden_layers": null}',
        '{"model_type": "no such"}',
    ],
)
def test_settings_of_another_kind_are_a_sentence(tiny, tmp_path, text):
    folder = copied(tiny, tmp_path)
    (folder / "config.json").write_text(text)
    with pytest.raises(BadSetting, match="could not be loaded as a sentence encoder"):
        open_encoder(str(folder), 64)


def test_bundled_model_holds_nothing_that_is_refused():
    folder = bundled_folder()
    files = [path.relative_to(folder).as_posix() for path in folder.rglob("*")]
    assert "model.safetensors" in files and refuse_pickled("It", files) is None
