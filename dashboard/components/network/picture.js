// The drawing: a line for every edge, a circle and a name for every concept. Every text is set through
// textContent, whatever a concept is called.
const NAME_HEIGHT = 15;

class Picture {
  constructor(svg) {
    this.layers = ["edges", "conflicts", "nodes", "names"].map((name) => drawing("g", { class: name }));
    svg.replaceChildren(...this.layers);
    Object.assign(this, { nodes: [], links: [] });
    this.pen = document.createElement("canvas").getContext("2d");
  }

  load({ nodes, edges, conflicts, styles, chosen }) {
    const [met, clash, circles, names] = this.layers;
    this.nodes = nodes.map(([number, name, u, v, radius, color, role, facts], at) => {
      const circle = drawing("circle", { r: radius, fill: color, class: role });
      const node = drawing("g", { role: "button", tabindex: at ? "-1" : "0", "data-concept": number }, circle);
      node.setAttribute("aria-label", `${name}. ${facts.replaceAll("\n", ". ")}`);
      const label = drawing("text", { class: role, "aria-hidden": "true" }, shortened(name));
      return { number, name, u, v, radius, color, role, facts, node, label, links: [] };
    });
    const link = (kind) => ([from, to, style]) => {
      const [width, facts] = styles[style];
      const line = drawing("line", { "stroke-width": width, "data-pair": `${nodes[from][0]} ${nodes[to][0]}` });
      const ends = [this.nodes[from], this.nodes[to]];
      const link = { kind, ends, facts, line };
      // Without a center every line counts the same.
      line.classList.toggle("of-center", from === 0 || nodes[0][6] !== "center");
      line.classList.toggle("chosen", chosen?.every((number) => ends.some((end) => end.number === number)) ?? false);
      ends.forEach((end) => end.links.push(link));
      return link;
    };
    this.links = [...conflicts.map(link("conflict")), ...edges.map(link("edge"))];
    const lines = (kind) => this.links.filter((l) => l.kind === kind).map((l) => l.line);
    met.replaceChildren(...lines("edge"));
    clash.replaceChildren(...lines("conflict"));
    // In the order of importance, which is also the order of reading aloud.
    circles.replaceChildren(...this.nodes.map((n) => n.node));
    names.replaceChildren(...this.nodes.map((n) => n.label));
    const { font } = getComputedStyle(names);
    this.pen.font = font;
    for (const n of this.nodes) n.width = this.pen.measureText(n.label.textContent).width + 4;
  }

  place(plane) {
    for (const n of this.nodes) {
      [n.x, n.y] = plane.toPixel(n.u, n.v);
      n.node.setAttribute("transform", `translate(${n.x.toFixed(1)} ${n.y.toFixed(1)})`);
    }
    for (const { line, ends: [a, b] } of this.links) {
      line.setAttribute("x1", a.x.toFixed(1));
      line.setAttribute("y1", a.y.toFixed(1));
      line.setAttribute("x2", b.x.toFixed(1));
      line.setAttribute("y2", b.y.toFixed(1));
    }
    this.name();
  }

  // Names where there is room, the most important first; those in `always` in any case.
  name(always = new Set()) {
    const taken = [];
    const place = (n, below) => {
      const y = n.y + (below ? n.radius + NAME_HEIGHT - 2 : -n.radius - 5);
      return [n.x - n.width / 2, y - NAME_HEIGHT + 3, n.x + n.width / 2, y + 3, y];
    };
    const free = (box) => taken.every((t) => box[0] > t[2] || box[2] < t[0] || box[1] > t[3] || box[3] < t[1]);
    const order = [...this.nodes].sort((a, b) => always.has(b) - always.has(a));
    for (const n of order) {
      const box = [place(n, true), place(n, false)].find(free) ?? (always.has(n) || n.role === "center" ? place(n, true) : null);
      n.label.style.visibility = box ? "visible" : "hidden";
      if (!box) continue;
      n.label.setAttribute("transform", `translate(${n.x.toFixed(1)} ${box[4].toFixed(1)})`);
      taken.push(box);
    }
  }

  // What is at a pixel: a node, else a conflict, else an edge within reach, else null.
  at(px, py) {
    const near = this.nodes.filter((n) => Math.hypot(n.x - px, n.y - py) <= Math.max(n.radius + 2, 9));
    near.sort((a, b) => Math.hypot(a.x - px, a.y - py) - Math.hypot(b.x - px, b.y - py));
    if (near.length) return { node: near[0] };
    let best = null, least = 7;
    for (const link of this.links) {
      const away = distance(px, py, ...link.ends) - (link.kind === "conflict" ? 2 : 0);
      if (away < least) [best, least] = [link, away];
    }
    return best && { link: best };
  }

  // What belongs to the thing pointed at stays, the rest steps back.
  light(thing) {
    const links = new Set(thing?.node ? thing.node.links : thing ? [thing.link] : []);
    const nodes = new Set([...links].flatMap((l) => l.ends));
    if (thing?.node) nodes.add(thing.node);
    for (const l of this.links) l.line.classList.toggle("lit", links.has(l));
    for (const n of this.nodes) {
      n.node.classList.toggle("dim", nodes.size > 0 && !nodes.has(n));
      n.label.classList.toggle("dim", nodes.size > 0 && !nodes.has(n));
    }
    this.name(thing?.node ? new Set([thing.node]) : nodes);
  }
}

function distance(px, py, a, b) {
  const dx = b.x - a.x, dy = b.y - a.y, long = dx * dx + dy * dy || 1;
  const share = Math.min(1, Math.max(0, ((px - a.x) * dx + (py - a.y) * dy) / long));
  return Math.hypot(a.x + share * dx - px, a.y + share * dy - py);
}

function shortened(name) {
  const letters = [...name];
  return letters.length > 28 ? `${letters.slice(0, 27).join("")}…` : name;
}
