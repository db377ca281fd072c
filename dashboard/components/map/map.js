// The map: puts the parts together that Python sends, and tells Python what the reader did.
const instances = new WeakMap();

export default function ({ parentElement, data, setStateValue }) {
  const place = receive(data);
  let map = instances.get(parentElement);
  if (!map) {
    map = new ScatterMap(parentElement, place);
    instances.set(parentElement, map);
  }
  map.setStateValue = setStateValue;
  map.take("points");
  // Streamlit may call again before it has dropped an older call: only the newest may tear down.
  const call = ++map.calls;
  return () => {
    if (call !== map.calls) return;
    instances.delete(parentElement);
    map.destroy();
  };
}

class ScatterMap {
  // `place` outlives the map: messages, views, lasso, tool, shown colors and texts under its name.
  constructor(parent, place) {
    Object.assign(this, { place, calls: 0, applied: {}, lassoed: null, aimed: false });
    place.map = this;
    this.panel = new Panel(parent);
    this.view = new View(this.panel.canvas);
    this.picker = new Picker(this.view);
    this.pointing = new Pointing(this);
    this.painter = new Painter(this.panel.canvas, () => this.repaint());
    this.marks = new Marks(this.panel.behind, this.panel.above);
    this.names = new Names(this.panel.names);
    this.lit = new Lit(this);
    this.legend = new Legend(this.panel.legend, () => this.arrange(),
      (entry, also) => this.setStateValue("legend", { entry, also, clicks: Date.now() }));
    new Gestures(this);
    for (const tool of Object.keys(TOOLS)) this.panel.tools[tool].addEventListener("click", () => this.choose(tool));
    this.panel.namesButton.addEventListener("click", () => {
      this.place.names = !this.named;
      this.showNames();
    });
    this.panel.clearButton.addEventListener("click", () => this.clear());
    this.panel.resetButton.addEventListener("click", () => this.reset());
    this.panel.backButton.addEventListener("click", () => this.turnBack());
    const drawn = (chart) => chart === this.place.parts.points?.header.map && Boolean(this.layer && this.painter.gl);
    this.unheard = onPicture(drawn, (detail) => pictureOf(this, detail));
    // Called at once too, and again when the map comes into sight.
    this.observers = [new ResizeObserver(() => this.resized()), new IntersectionObserver(() => this.draw())];
    for (const observer of this.observers) observer.observe(this.panel.canvas);
  }

  get ready() { return this.applied.points !== undefined; }
  get tool() { return this.place.tool ?? "move"; }
  // Python's wish counts until the reader has pressed the button.
  get named() { return this.entries?.length > 0 && (this.place.names ?? this.place.parts.points.header.names); }
  // The lasso, unless it was drawn around other points.
  get lasso() { return this.place.lasso?.layout === this.applied.points ? this.place.lasso : null; }

  // A part has come. The picture waits until all of them belong together.
  take(part) {
    const { points, colors, overlay } = this.place.parts;
    if (part === "texts") return this.pointing.read(this.place.parts.texts.header);
    if (points) this.panel.canvas.style.height = `${points.header.height}px`;
    const layout = points?.header.version;
    if (!layout || colors?.header.layout !== layout || overlay?.header.layout !== layout) return;
    const news = (name) => {
      const { version } = this.place.parts[name].header, isNew = this.applied[name] !== version;
      this.applied[name] = version;
      return isNew;
    };
    const moved = news("points"), painted = news("colors") || moved, changed = news("overlay") || moved;
    if (moved) this.loadPoints(points);
    if (painted) this.loadColors(colors);
    if (changed) Object.assign(this, { bright: null, found: null, status: null, beside: null }, readArrays(overlay), { marked: overlay.header });
    if (moved || painted || changed) this.fillSpare();
    this.legend.mark(overlay.header.pressed ?? []);
    if (!overlay.old) this.compare(overlay.header);
    const heard = this.pendingLasso && overlay.header.heard >= (this.place.lasso?.drawn ?? 0);
    if (heard) this.pendingLasso = false;
    if (moved || painted || changed || heard) this.arrange();
    else this.draw(); // the theme may have changed
  }

  // Python may dismiss a lasso, but not one that it has not heard of yet. Streamlit forgets what a
  // page returned when another one is opened: the first overlay after coming back tells.
  compare({ heard, held, dismissed }) {
    const back = !this.compared;
    this.compared = true;
    // After a reload Python still has what was picked: its outline comes back with it.
    if (!this.place.lasso) {
      const kept = keptLasso(this.place.parts.points.header.map);
      if (kept?.drawn === dismissed + 1 && kept.layout === this.applied.points) this.setLasso(kept, true);
    }
    const drawn = this.place.lasso?.drawn;
    if (drawn <= dismissed && (back || drawn <= heard)) this.setLasso(null);
    else if (back && this.lasso && drawn !== held) this.send();
  }

  loadPoints(message) {
    const { version, dimensions, drawn, spare } = message.header;
    const positions = withRoom(readArrays(message).positions, spare * dimensions);
    this.n = drawn + spare;
    this.place.lines.clear();
    this.view.load(positions, dimensions, (this.place.views[version] ??= { ...START }));
    this.painter.load({ positions, dimensions });
    this.lassoed = null;
    if (this.lasso) this.findMembers();
    this.choose(this.tool);
    this.explain();
  }

  loadColors(message) {
    const { palette, legend, measure, scale, label } = message.header;
    const colors = withRoom(readArrays(message).colors, this.place.parts.points.header.spare);
    Object.assign(this, { colors, palette, entries: legend, measure, scale });
    this.panel.canvas.setAttribute("aria-label", label);
    this.painter.load({ colors: this.colors, palette });
    this.legend.load(message.header, this.place.isolated, this.place.parts.points.header.filters);
    this.panel.namesButton.hidden = !legend.length;
    this.written = null;
    this.showNames();
  }

  // Points that are drawn beside the sample, in the places kept for them.
  fillSpare() {
    const { drawn, spare, dimensions } = this.place.parts.points.header, { view, colors } = this;
    if (!spare) return;
    view.positions.fill(0, drawn * dimensions);
    if (this.beside) {
      view.positions.set(this.beside, drawn * dimensions);
      colors.set(this.beside_colors, drawn);
    }
    view.seen = null;
    this.place.lines.clear();
    this.painter.load({ positions: view.positions, dimensions });
    this.painter.load({ colors });
    if (this.lasso) this.findMembers();
  }

  // Who stands out may have changed. Until Python has heard of a lasso, all in it stand out: that is what it
  // answers where nothing else narrows, and then the picture is the right one already.
  arrange() {
    const { found, lassoed, colors } = this, bright = this.pendingLasso ? null : this.bright;
    const { layer, counts, order } = layersOf(this.view, { bright, found, lassoed, colors, shown: this.legend.shown() });
    const same = sameBytes(this.layer, layer);
    Object.assign(this, { layer, counts });
    const { counted: all } = this.marked;
    if (all) this.legend.tell(all.standing);
    else this.legend.tell(bright || lassoed ? standingOf(layer, colors) : null);
    if (!same) this.painter.load({ order, counts });
    this.draw();
  }

  repaint() {
    this.pictured = null;
    this.draw();
  }

  resized() {
    this.pointing.lose();
    this.draw();
  }

  draw() {
    if (this.waiting || !this.layer) return;
    this.waiting = requestAnimationFrame(() => {
      this.waiting = null;
      const { panel, view, lasso } = this;
      if (!this.painter.opened) {
        if (!panel.inSight) return; // the observer calls again
        this.painter.open();
        this.explain();
      }
      this.paint();
      this.mark();
      const unwritten = this.named ? this.names.draw(view, this.legend.shown()) : 0;
      panel.tell({ ...this.numbers(), unwritten });
      const { dataset } = panel.canvas;
      dataset.painted = String(Number(dataset.painted ?? 0) + 1);
      dataset.version = this.applied.overlay;
      dataset.colors = this.applied.colors;
    });
  }

  // A large map takes a tenth of a second where a browser renders in software: not for a picture that is there.
  paint() {
    const { panel, view, painter } = this, looks = { size: this.pointSize(), ...panel.colors() };
    const picture = JSON.stringify([view.place, view.width, view.height, window.devicePixelRatio, looks, painter.loads]);
    if (picture === this.pictured) return;
    painter.draw(view, looks);
    this.pictured = picture;
  }

  // What the line below the picture says. Of a sample Python counts, which knows all points.
  numbers() {
    const { lasso, marked, members } = this, { drawn, all } = this.place.parts.points.header;
    const outline = (count) => lasso && { count, of: all, seen: this.outlined };
    if (marked.counted) {
      const { inside, found } = marked.counted, known = lasso?.drawn === marked.held;
      return { lasso: outline(known ? inside : null), found, homeless: 0, sample: { drawn, all } };
    }
    const homeless = this.n - this.counts.reduce((sum, count) => sum + count, 0);
    return { lasso: outline(members), found: this.found && this.counts[FOUND], homeless };
  }

  // Why there is nothing to see.
  explain() {
    this.panel.say(this.painter.missing ? MISSING : this.n === 0 ? "There is no point to show." : "");
  }

  // Whether the lasso is seen from where it was drawn.
  get outlined() { return String(this.lasso?.camera) === String(this.view.camera); }

  mark() {
    const { chosen, neighbors } = this.marked;
    const lasso = this.sketched ?? (this.lasso && this.outlined ? this.lasso.corners : null);
    this.marks.draw(this.view, { lasso, chosen, neighbors, lit: this.lit.place, aimed: this.aimed });
  }

  pointSize() {
    const crowd = Math.sqrt(4000 / Math.max(this.n, 500));
    return Math.min(14, Math.max(2.5, 6 * crowd) * Math.pow(this.view.place.zoom, 0.35));
  }

  pick(px, py, reach) { return this.ready ? this.picker.at(px, py, this.layer, reach) : -1; }

  hover(px, py, reach) { this.pointing.at(px, py, reach); }

  // A value as closely as its color tells it.
  measured(color) {
    if (!this.measure) return null;
    const [name, low, high, steps] = this.measure, last = steps - 1;
    if (color > last) return `${name}: not measured`;
    if (color === 0 || color === last) return `${name}: ${this.scale[color === 0 ? 0 : 1]}`;
    return `${name}: about ${Number((low + ((high - low) * color) / last).toPrecision(3))}`;
  }

  click(px, py, reach) {
    const i = this.pick(px, py, reach);
    if (i >= 0) this.setStateValue("clicked", { row: i, clicks: Date.now() });
  }

  // The keyboard points at the middle of the picture.
  aim(on) {
    if (on) this.hover(this.view.width / 2, this.view.height / 2, 40);
    else this.panel.hideTip();
    if (this.aimed === on) return;
    this.aimed = on;
    this.draw();
  }

  // A lasso while it is being drawn; null gives up.
  sketch(path) {
    this.sketched = path?.map((pixel) => this.view.toGrid(...pixel)) ?? null;
    this.mark(); // the points stay as they are
  }

  enclose(path) {
    this.sketched = null;
    const corners = simplified(path.map((pixel) => this.view.toGrid(...pixel)));
    this.setLasso({ corners, camera: this.view.camera, layout: this.applied.points, drawn: Date.now() }, true);
    keepLasso(this.place.parts.points.header.map, this.lasso);
  }

  clear() {
    if (!this.lasso) return;
    this.setLasso(null, true);
  }

  send() {
    const { lasso } = this;
    this.setStateValue("lasso", lasso && { ...lasso, corners: lasso.corners.flat() });
  }

  setLasso(lasso, tell = false) {
    this.place.lasso = lasso;
    this.pendingLasso = tell && lasso !== null;
    if (tell) this.send(); // first: both sides look for the members at the same time
    this.findMembers();
    this.arrange();
  }

  findMembers() {
    this.lassoed = this.lasso && membersOf(this.view, this.lasso);
    this.members = this.lassoed?.reduce((sum, member) => sum + member, 0) ?? 0;
  }

  turnBack() {
    if (this.lasso?.camera) this.view.turn(...this.lasso.camera);
    this.draw();
  }

  choose(tool) {
    this.place.tool = tool;
    this.panel.press(tool, this.view.deep);
  }

  showNames() {
    const { named } = this;
    this.panel.namesButton.setAttribute("aria-pressed", String(named));
    this.panel.names.hidden = !named;
    if (named && this.written !== this.entries) this.names.load(this.view, this.colors, this.entries);
    if (named) this.written = this.entries;
    this.draw();
  }

  reset() {
    this.view.reset();
    this.draw();
  }

  destroy() {
    cancelAnimationFrame(this.waiting);
    this.pointing.stop();
    this.lit.stop();
    this.unheard();
    this.waiting = true; // draws no more
    for (const observer of this.observers) observer.disconnect();
    this.painter.destroy();
    this.panel.root.remove();
    for (const message of Object.values(this.place.parts)) message.old = true;
    if (this.place.map === this) this.place.map = null;
  }
}
