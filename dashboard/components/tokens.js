// The response token by token, shaded by divergence. Text reaches the page through textContent only.
export default function (component) {
  const { parentElement, data } = component;
  let root = parentElement.querySelector(".tokens");
  if (!root) {
    root = document.createElement("div");
    root.className = "tokens";
    parentElement.append(root);
  }
  const text = document.createElement("div");
  text.className = "text";
  text.dir = "auto";
  data.tokens.forEach((token, i) => {
    const span = document.createElement("span");
    span.textContent = token;
    const share = data.shades[i];
    if (share > 0) span.style.setProperty("--share", `${share}%`);
    span.title = `${data.bits[i].toFixed(4)} bits`;
    text.append(span);
  });
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
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", data.label);
  root.replaceChildren(text, scale);
}
