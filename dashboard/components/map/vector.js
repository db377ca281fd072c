// The map as a vector picture: every point in sight a circle, in the order and with the looks of the painter.
async function vectorOf(map, { title }) {
  const { panel, view } = map, { width, height } = view, style = getComputedStyle(panel.root);
  const pen = element("canvas").getContext("2d");
  pen.font = `${FONT} ${style.fontFamily}`;
  const legend = setInLines(legendOf(map), width, pen), whole = TITLE_HEIGHT + height + legend.height;
  const font = { "font-family": style.fontFamily, fill: style.color };
  const sheet = drawing("svg", { xmlns: NAMESPACE, width, height: whole, viewBox: `0 0 ${width} ${whole}` },
    drawing("title", {}, title),
    drawing("rect", { width, height: whole, fill: style.backgroundColor }),
    drawing("text", { x: PAD, y: TITLE_HEIGHT / 2 + 5, "font-size": 15, "font-weight": 600, ...font }, title));
  // What is outside of the picture on the screen is outside of this one.
  sheet.append(drawing("svg", { y: TITLE_HEIGHT, width, height, overflow: "hidden" },
    standingAlone(panel.behind, width, height), ...circlesOf(map), standingAlone(panel.above, width, height), ...(map.named ? namesOf(map, style) : [])));
  for (const { color, text, x, y } of legend.places) {
    const middle = TITLE_HEIGHT + height + y - LINE_HEIGHT / 2;
    sheet.append(drawing("circle", { cx: x + 18, cy: middle, r: 5, fill: color }),
      drawing("text", { x: x + 30, y: middle + 4.5, "font-size": 13, ...font }, text));
  }
  return new Blob([new XMLSerializer().serializeToString(sheet)], { type: "image/svg+xml" });
}

// A group for each layer; what is near lies on top.
function circlesOf(map) {
  const { view, colors, palette, layer, panel } = map, size = map.pointSize(), { ink, ground } = panel.colors();
  const rgb = palette.map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255));
  const mixed = (one, other, share) => one.map((value, c) => value + (other[c] - value) * share);
  const written = (color) => `rgb(${color.map((value) => Math.round(255 * value)).join(",")})`;
  return stylesOf(view.deep).map(({ scale, more, opacity, tone, ring }, which) => {
    const group = drawing("g", { "fill-opacity": opacity }), points = [];
    if (ring) for (const [name, value] of Object.entries({ stroke: written(ink), "stroke-width": ring })) group.setAttribute(name, value);
    for (let i = 0; i < map.n; i++) {
      if (layer[i] !== which) continue;
      const seen = view.look(view.position(i)), [x, y] = view.toPixel(seen[0], seen[1]);
      const near = view.deep ? Math.min(1, Math.max(0, 0.5 + 0.5 * seen[2])) : 0.5;
      const radius = 0.5 * (size * scale + more) * (0.7 + 0.6 * near);
      if (x < -radius || y < -radius || x > view.width + radius || y > view.height + radius) continue;
      const fill = mixed(ground, mixed([0.5, 0.5, 0.5], rgb[colors[i]] ?? [0.5, 0.5, 0.5], tone), view.deep ? 0.55 + 0.45 * near : 1);
      points.push({ near, node: drawing("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: radius.toFixed(2), fill: written(fill) }) });
    }
    if (view.deep) points.sort((one, other) => one.near - other.near);
    for (const { node } of points) group.append(node);
    return group;
  });
}

function namesOf(map, style) {
  return writtenNames(map).flatMap(({ x, y, dot, color, text }) => [
    drawing("circle", { cx: dot.x, cy: y, r: dot.r, fill: color }),
    drawing("text", { x, y: y + 4, "font-size": 12, "font-weight": 600, "font-family": style.fontFamily, fill: style.color,
      stroke: style.backgroundColor, "stroke-width": 3, "stroke-linejoin": "round", "paint-order": "stroke" }, text)]);
}
