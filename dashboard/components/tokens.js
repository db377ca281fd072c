// A text in parts: shaded by divergence, or marked where concepts were read, or both. Text reaches the page
// through textContent only.
export default function (component) {
  const { parentElement, data } = component;
  let root = parentElement.querySelector(".tokens");
  if (!root) {
    root = document.createElement("div");
    parentElement.append(root);
  }
  root.className = data.bits ? "tokens" : "tokens plain";
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.label);
  const text = document.createElement("div");
  text.className = "text";
  text.dir = "auto";
  data.parts.forEach((part, i) => text.append(drawn(part, data.marks[i], data.bits?.[i], data.shades?.[i])));
  root.replaceChildren(text, data.bits ? scale(data) : copyButton(text));
  // Who has no mouse can scroll what does not fit.
  if (text.scrollHeight > text.clientHeight + 1) text.tabIndex = 0;
}

function drawn(part, mark, bits, share) {
  const piece = document.createElement(mark ? "mark" : "span");
  piece.textContent = part;
  if (share > 0) piece.style.setProperty("--share", `${share}%`);
  const said = bits === undefined ? [] : [`${bits.toFixed(4)} bits`];
  if (mark) said.push(mark);
  if (said.length) piece.title = said.join("\n");
  return piece;
}

function scale(data) {
  const scale = document.createElement("div");
  scale.className = "scale";
  const bar = document.createElement("i");
  const low = document.createElement("span"), high = document.createElement("span");
  low.textContent = "0 bits";
  high.textContent = data.top;
  const note = document.createElement("span");
  note.className = "note";
  note.textContent = data.scale;
  scale.append(low, bar, high, note);
  return scale;
}

function copyButton(text) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "copy";
  button.textContent = "Copy";
  button.onclick = async () => {
    try {
      await navigator.clipboard.writeText(text.textContent);
      button.textContent = "Copied";
    } catch {
      // Only a page that came safely may write to the clipboard: elsewhere all of it is selected to be copied.
      const range = document.createRange();
      range.selectNodeContents(text);
      const chosen = getSelection();
      chosen.removeAllRanges();
      chosen.addRange(range);
      button.textContent = "Selected: copy it with Ctrl+C";
    }
    setTimeout(() => { button.textContent = "Copy"; }, 3000);
  };
  return button;
}
