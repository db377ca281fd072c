// A list of texts that can be clicked. Text reaches the page through textContent only.
export default function ({ parentElement, data, setTriggerValue }) {
  let list = parentElement.querySelector("ul");
  if (!list) {
    list = document.createElement("ul");
    parentElement.append(list);
  }
  list.setAttribute("aria-label", data.label);
  list.replaceChildren(...data.lines.map((line) => {
    const item = document.createElement("li"), button = document.createElement("button");
    const add = (parent, name, text) => {
      if (!text) return;
      const span = document.createElement("span");
      span.className = name;
      span.textContent = text;
      parent.append(span);
    };
    button.type = "button";
    button.onclick = () => setTriggerValue("line", line.number);
    add(button, "before", line.before);
    add(button, "text", line.text);
    button.querySelector(".text").dir = "auto";
    item.append(button);
    add(item, "below", line.below);
    return item;
  }));
}
