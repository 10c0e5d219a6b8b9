// A text box with suggestions. It stays a plain text box to those who listen: the list is named by aria attributes.

const MOST = 8;
const lists = new Map(); // address -> promise of {words, plain}
let boxes = 0;

export default function wordBox({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".word-box");
  host.box ??= build(host);
  host.box.submit = (text) => setTriggerValue("submitted", text);
  show(host.box, data);
}

function build(host) {
  const [label, field, input, list, said] = ["label", "div", "input", "ul", "span"].map((tag) => document.createElement(tag));
  const id = `word-box-${(boxes += 1)}`;
  const box = { id, label, field, input, list, said, data: {}, given: null, typing: false, active: -1, submit: () => {} };
  input.id = `${id}-input`;
  input.type = "text";
  for (const [name, value] of Object.entries({ autocomplete: "off", autocapitalize: "off", spellcheck: "false", enterkeyhint: "search", "aria-autocomplete": "list", "aria-controls": `${id}-list` })) {
    input.setAttribute(name, value);
  }
  label.htmlFor = input.id;
  list.id = `${id}-list`;
  list.setAttribute("role", "listbox");
  list.hidden = true;
  said.className = "unseen";
  said.setAttribute("role", "status");
  field.className = "field";
  field.append(input, list);
  host.append(label, field, said);
  input.addEventListener("focus", () => known(box.data.words));
  input.addEventListener("input", () => { box.typing = true; suggest(box); });
  input.addEventListener("keydown", (event) => key(box, event));
  input.addEventListener("blur", () => {
    close(box);
    if (box.data.several && box.typing) send(box);
  });
  list.addEventListener("pointerdown", (event) => event.preventDefault()); // the box keeps the keyboard
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(box, option.dataset.word);
  });
  return box;
}

function show(box, data) {
  box.data = data;
  box.label.textContent = data.label;
  box.label.hidden = data.label_hidden;
  box.input.placeholder = data.placeholder;
  box.list.setAttribute("aria-label", `Suggestions for ${data.label}`);
  if (data.label_hidden) box.input.setAttribute("aria-label", data.label);
  else box.input.removeAttribute("aria-label");
  box.field.classList.toggle("large", data.large);
  if (data.value !== box.given) {
    box.given = data.value;
    if (!box.typing) box.input.value = data.value;
  }
}

async function known(address) {
  if (!address) return { words: [], plain: [] };
  if (!lists.has(address)) {
    const loaded = fetch(new URL(address, document.baseURI)).then(async (answer) => {
      if (!answer.ok) throw new Error(`The words cannot be read: ${answer.status}.`);
      const text = await answer.text();
      return { words: text.split("\n"), plain: plain(text).split("\n") };
    });
    loaded.catch(() => lists.delete(address));
    lists.set(address, loaded);
  }
  return lists.get(address);
}

function plain(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("_", " ").replaceAll("’", "'");
}

// Where the word that is being typed begins: at the start, or behind the last comma or blank of several.
function begin(box) {
  return box.data.several ? box.input.value.search(/[^\s,]*$/) : 0;
}

async function suggest(box) {
  const { value } = box.input;
  const { words, plain: forms } = await known(box.data.words).catch(() => ({ words: [], plain: [] }));
  if (box.input.value !== value || !box.typing) return; // another letter has been typed meanwhile, or it was sent
  const prefix = plain(value.slice(begin(box))).trimStart();
  const found = [];
  if (prefix) {
    const same = forms.indexOf(prefix);
    if (same >= 0) found.push(same);
    for (let i = 0; i < forms.length && found.length < MOST; i += 1) if (i !== same && forms[i].startsWith(prefix)) found.push(i);
  }
  const active = box.input.getRootNode().activeElement === box.input;
  open(box, active ? found.map((i) => words[i]) : []);
}

function open(box, words) {
  box.list.replaceChildren(...words.map((word, i) => {
    const option = document.createElement("li");
    option.id = `${box.id}-${i}`;
    option.setAttribute("role", "option");
    option.setAttribute("aria-selected", "false");
    option.dataset.word = word;
    option.textContent = word.replaceAll("_", " ");
    return option;
  }));
  box.list.hidden = words.length === 0;
  box.said.textContent = words.length ? `${words.length} suggestion${words.length === 1 ? "" : "s"}` : "";
  mark(box, -1);
}

function close(box) {
  if (!box.list.hidden) open(box, []);
}

function mark(box, active) {
  box.active = active;
  [...box.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === active)));
  const option = box.list.children[active];
  if (option) {
    box.input.setAttribute("aria-activedescendant", option.id);
    option.scrollIntoView({ block: "nearest" });
  } else {
    box.input.removeAttribute("aria-activedescendant");
  }
}

function key(box, event) {
  if (event.isComposing) return;
  const n = box.list.children.length;
  if (event.key === "Enter") {
    event.preventDefault();
    if (box.active >= 0) choose(box, box.list.children[box.active].dataset.word);
    else send(box);
  } else if (event.key === "Escape") {
    if (n) event.stopPropagation();
    close(box);
  } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
    event.preventDefault();
    if (!n) suggest(box);
    else if (event.key === "ArrowDown") mark(box, box.active + 1 >= n ? -1 : box.active + 1);
    else mark(box, box.active < 0 ? n - 1 : box.active - 1);
  }
}

// A suggestion submits the word; of several it completes the one being typed, and Enter submits them all.
function choose(box, word) {
  const { several } = box.data;
  box.input.value = several ? `${box.input.value.slice(0, begin(box))}${word}, ` : word;
  close(box);
  if (several) box.typing = true;
  else send(box);
}

function send(box) {
  const text = box.input.value.trim();
  close(box);
  box.typing = false;
  box.given = text;
  box.submit(text);
  if (!box.data.several) box.input.select();
}
