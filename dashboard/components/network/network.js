// A concept and what surrounds it. Python sends the drawing; a click sends a concept or a pair back.
const HINT = "The larger, the more samples. Click a concept to go there, a line for its samples. Drag moves, Ctrl and the wheel zoom.";
const instances = new WeakMap();

export default function ({ parentElement, data, setTriggerValue }) {
  let network = instances.get(parentElement);
  if (!network) {
    network = new Network(parentElement);
    instances.set(parentElement, network);
  }
  network.send = setTriggerValue;
  network.show(data);
  // Streamlit may call again before it has dropped an older call: only the newest may tear down.
  const call = ++network.calls;
  return () => {
    if (call !== network.calls) return;
    instances.delete(parentElement);
    network.destroy();
  };
}

class Network {
  constructor(parent) {
    const button = (text, title) => element("button", { type: "button", title, "aria-label": title }, text);
    this.calls = 0;
    this.pointed = null;
    this.svg = drawing("svg", { role: "group" });
    this.tip = element("div", { class: "tip", hidden: "", "aria-hidden": "true" });
    this.legend = element("div", { class: "legend" });
    const buttons = [["+", "Zoom in (+)", 1.25], ["−", "Zoom out (-)", 1 / 1.25]].map(([sign, title, factor]) => {
      const made = button(sign, title);
      made.addEventListener("click", () => this.zoom(factor, this.plane.width / 2, this.plane.height / 2));
      return made;
    });
    const all = button("Reset view", "Show everything (0)");
    all.addEventListener("click", () => this.reset());
    this.frame = element("div", { class: "frame" }, this.svg, element("div", { class: "tools" }, ...buttons, all), this.tip);
    this.root = element("div", { class: "network" }, this.frame, this.legend);
    parent.append(this.root);
    this.plane = new Plane(this.svg);
    this.picture = new Picture(this.svg);
    new Hands(this);
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.svg);
    this.unheard = onPicture((chart) => chart === this.data?.key, (detail) => pictureOf(this, detail));
  }

  show(data) {
    if (data.version === this.data?.version) return;
    const moved = data.nodes[0][0] !== this.data?.nodes[0][0];
    const held = this.root.getRootNode().activeElement?.dataset.concept;
    this.data = data;
    this.point(null);
    this.root.style.setProperty("--conflict", data.conflict);
    this.svg.style.height = `${data.height}px`;
    this.svg.setAttribute("aria-label", data.label);
    this.picture.load(data);
    this.legend.replaceChildren(...this.entries(data), element("span", { class: "hint" }, HINT));
    // A view that the reader chose stays while they look at one concept, whatever the sliders do.
    if (moved || this.plane.untouched) this.plane.fit(this.picture.nodes);
    this.picture.place(this.plane);
    // The keyboard stays where it was, or goes on from the new center.
    this.focused = this.picture.nodes[0];
    if (held) this.take(this.picture.nodes.find((n) => n.number === Number(held)) ?? this.focused);
    this.draw();
  }

  entries({ clusters, conflicts }) {
    const entry = (mark, text) => element("span", {}, mark, element("b", {}, text));
    const sign = (kind) => drawing("svg", { class: `sign ${kind}`, "aria-hidden": "true" }, drawing("line", { x1: 1, y1: 5, x2: 25, y2: 5 }));
    const dots = clusters.map(([name, color]) => {
      const dot = element("i");
      dot.style.background = color;
      return entry(dot, name);
    });
    return [entry(sign("edge"), "together in a sample"), ...(conflicts.length ? [entry(sign("conflict"), "in conflict")] : []), ...dots];
  }

  draw() {
    if (this.waiting || !this.data) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      this.picture.place(this.plane);
      this.root.dataset.painted = this.data.version;
    });
  }

  zoom(factor, px, py) {
    this.plane.zoomBy(factor, px, py);
    this.draw();
  }

  reset() {
    this.plane.reset();
    this.draw();
  }

  // What the pointer or the keyboard is on, with a tip beside the pixel.
  point(thing, px, py) {
    const now = thing?.node ?? thing?.link ?? null;
    if (now !== this.pointed) {
      this.pointed = now;
      this.svg.classList.toggle("pointing", Boolean(now));
      this.picture.light(thing);
    }
    this.tip.hidden = !now;
    if (!now) return;
    const { node, link } = thing;
    const title = node ? node.name : `${link.ends[0].name} × ${link.ends[1].name}`;
    this.tip.replaceChildren(element("b", {}, title), ...now.facts.split("\n").map((line) => element("div", {}, line)));
    const { clientWidth: width, clientHeight: height } = this.svg, { offsetWidth: w, offsetHeight: h } = this.tip;
    this.tip.style.left = `${px + 14 + w < width ? px + 14 : Math.max(4, px - 14 - w)}px`;
    this.tip.style.top = `${py + 14 + h < height ? py + 14 : Math.max(4, py - 14 - h)}px`;
  }

  // The node nearest in a direction from the one in focus.
  step(dx, dy) {
    const { focused: here } = this;
    const ahead = this.picture.nodes.filter((n) => n !== here).map((n) => {
      const along = (n.x - here.x) * dx + (n.y - here.y) * dy;
      const aside = Math.abs((n.x - here.x) * dy - (n.y - here.y) * dx);
      return { n, along, away: along + 2 * aside };
    }).filter(({ along, away }) => along > 0 && away < 5 * along);
    if (ahead.length) this.take(ahead.reduce((a, b) => (a.away < b.away ? a : b)).n);
  }

  // One node at a time is in the order of the Tab key.
  take(node) {
    this.focused.node.setAttribute("tabindex", "-1");
    node.node.setAttribute("tabindex", "0");
    node.node.focus({ preventScroll: true });
  }

  focus(target) {
    const node = this.picture.nodes.find((n) => n.node === target);
    if (!node) return;
    this.focused = node;
    if (target.matches(":focus-visible")) this.point({ node }, node.x, node.y);
  }

  open(thing) {
    if (thing?.node && thing.node.role !== "center") this.send("concept", thing.node.number);
    else if (thing?.link) this.send("pair", thing.link.ends.map((end) => end.number));
  }

  // The connection of a concept with the center.
  connect(node) {
    const link = node.links.find((l) => l.ends.some((end) => end.role === "center"));
    if (link && node.role !== "center") this.open({ link });
  }

  destroy() {
    cancelAnimationFrame(this.waiting);
    this.waiting = true; // draws no more
    this.observer.disconnect();
    this.unheard();
    this.root.remove();
  }
}
