// The elements around and over the picture, and the sentences on them.
const TOOLS = { move: "Move", lasso: "Lasso", box: "Box" };
const TOOL_TITLES = { move: "Move the map", lasso: "Draw around points (or hold Shift and drag)", box: "Drag a box around points" };
const MISSING = "This browser cannot draw the map: WebGL 2 is switched off or missing. The table still lists every sample.";
const HINTS = {
  move: ["Drag moves, Ctrl and the wheel zoom, Shift and drag draws a lasso",
         "Drag turns, the right button moves, Ctrl and the wheel zoom, Shift and drag draws a lasso"],
  lasso: ["Draw around points", "Draw around points as they are seen now"],
  box: ["Drag a box around points", "Drag a box around points as they are seen now"],
};

class Panel {
  constructor(parent) {
    const button = (text, title, attributes = {}) => element("button", { type: "button", title, ...attributes }, text);
    const pressed = { "aria-pressed": "false" };
    this.canvas = element("canvas", { role: "img", tabindex: "0" });
    this.behind = drawing("svg", { "aria-hidden": "true", class: "behind" });
    this.above = drawing("svg", { "aria-hidden": "true", class: "above" });
    this.names = element("div", { class: "names", "aria-hidden": "true" });
    this.notice = element("div", { class: "notice", hidden: "" });
    this.tip = element("div", { class: "tip", hidden: "" });
    this.tools = Object.fromEntries(Object.keys(TOOLS).map((tool) => [tool, button(TOOLS[tool], TOOL_TITLES[tool], pressed)]));
    this.namesButton = button("Names", "Write the clusters' names on the map", pressed);
    this.clearButton = button("Clear", "Remove the lasso (Esc)", { hidden: "" });
    this.resetButton = button("Reset view", "Show everything (0)");
    this.backButton = button("Turn back", "See the lasso as it was drawn", { hidden: "", class: "back" });
    this.facts = element("span", { role: "status" });
    this.hint = element("span", { class: "hint" });
    this.legend = element("div", { class: "legend", role: "group", "aria-label": "Legend" });
    const group = element("div", { class: "group", role: "group", "aria-label": "What dragging does" }, ...Object.values(this.tools));
    this.frame = element("div", { class: "frame" }, this.behind, this.canvas, this.above, this.names, this.notice,
      element("div", { class: "tools" }, group, this.namesButton, this.clearButton, this.resetButton), this.tip);
    this.root = element("div", { class: "map" }, this.frame,
      element("div", { class: "line" }, this.facts, this.backButton, this.hint), this.legend);
    parent.append(this.root);
  }

  say(text) {
    this.notice.hidden = !text;
    this.notice.textContent = text;
  }

  get inSight() {
    const { top, bottom } = this.canvas.getBoundingClientRect();
    return bottom > 0 && top < window.innerHeight;
  }

  press(tool, deep) {
    for (const [name, button] of Object.entries(this.tools)) button.setAttribute("aria-pressed", String(name === tool));
    this.canvas.dataset.tool = tool;
    this.hint.textContent = HINTS[tool][deep ? 1 : 0];
  }

  // `lasso` says how many points it holds and whether it is seen as it was drawn; `unwritten` how many
  // names found no room; `sample` how many points of all are drawn, where that are not all.
  tell({ lasso, found, homeless, unwritten, sample }) {
    const facts = [];
    if (sample) facts.push(`${counted(sample.drawn)} of ${counted(sample.all)} points are drawn, all are counted`);
    if (lasso && lasso.count === null) facts.push("counting the points in the lasso");
    else if (lasso) facts.push(`${counted(lasso.count)} of ${counted(lasso.of)} in the lasso${lasso.seen ? "" : " (drawn from another side)"}`);
    if (found !== null) facts.push(`${counted(found)} found`);
    if (homeless) facts.push(`${counted(homeless)} without a place`);
    if (unwritten) facts.push(`no room for ${counted(unwritten)} ${unwritten === 1 ? "name" : "names"}: zoom in`);
    const text = facts.join(" · ");
    if (this.facts.textContent !== text) this.facts.textContent = text; // or it would be read out again
    this.clearButton.hidden = !lasso;
    this.backButton.hidden = !lasso || lasso.seen;
  }

  // A tip beside the pixel; `title` with its color, then lines of text.
  showTip(px, py, { color, title, lines }) {
    const dot = element("i");
    dot.style.background = color;
    const [first, ...others] = title ? [element("b", {}, title), ...lines] : lines;
    this.tip.replaceChildren(element("div", {}, dot, first), ...others.map((line) => element("div", {}, line)));
    this.tip.hidden = false;
    const { clientWidth: width, clientHeight: height } = this.canvas, { offsetWidth: w, offsetHeight: h } = this.tip;
    const left = px + 14 + w < width ? px + 14 : Math.max(4, px - 14 - w);
    const top = py + 14 + h < height ? py + 14 : Math.max(4, py - 14 - h);
    this.tip.style.left = `${left}px`;
    this.tip.style.top = `${top}px`;
  }
  hideTip() { this.tip.hidden = true; }

  // The theme's text and background, as the painter wants them.
  colors() {
    const style = getComputedStyle(this.root);
    return { ink: channels(style.color), ground: channels(style.backgroundColor) };
  }
}
