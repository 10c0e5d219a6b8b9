// A list of near things: each a button to travel on, with a bar for its cosine and a mark where two random ones stand.

export default function nearList({ data, parentElement, setTriggerValue }) {
  const host = parentElement.querySelector(".near");
  const { rows, mark, words } = data;
  const line = (value) => `${Math.max(0, Math.min(1, value)) * 100}%`;
  host.replaceChildren(...rows.map(({ id, name, value, text, note }) => {
    const [item, button, label, bar, number, more] = ["li", "button", "span", "span", "span", "span"].map((tag) => document.createElement(tag));
    button.type = "button";
    label.textContent = name;
    label.className = "name";
    number.textContent = text;
    number.className = "value";
    bar.className = "bar";
    bar.style.setProperty("--share", line(value ?? 0));
    if (mark !== null) bar.style.setProperty("--mark", line(mark));
    bar.classList.toggle("marked", mark !== null);
    button.title = [name, note].filter(Boolean).join(": ");
    more.textContent = note && `, ${note}`;
    more.className = "heard";
    button.classList.toggle("apart", Boolean(note));
    button.append(label, " ", ...(value === null ? [] : [bar, number]), more);
    button.addEventListener("click", () => setTriggerValue("went", id));
    item.append(button);
    return item;
  }));
  host.setAttribute("aria-label", words);
}
