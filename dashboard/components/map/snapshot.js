// The map as a picture: points, lines and names as they are seen now, and the legend below them.
async function pictureOf(map, { kind, title }) {
  if (kind === "svg") return vectorOf(map, { title });
  const { panel, view, painter } = map, style = getComputedStyle(panel.root);
  const { width, height } = view;
  const [behind, above] = await Promise.all([panel.behind, panel.above].map((svg) => asImage(standingAlone(svg, width, height))));
  return sheetOf({
    width, height, title, entries: legendOf(map),
    ink: style.color, ground: style.backgroundColor, font: style.fontFamily,
    paint: (pen, sharp) => {
      pen.drawImage(behind, 0, 0, width, height);
      // What WebGL has drawn is there until the browser has shown it: it is copied at once.
      painter.draw(view, { size: map.pointSize(), ...panel.colors(), ratio: sharp });
      pen.drawImage(panel.canvas, 0, 0, width, height);
      map.repaint(); // as sharp as the screen again
      pen.drawImage(above, 0, 0, width, height);
      if (map.named) names(pen, map, style);
    },
  });
}

function legendOf(map) {
  const shown = map.legend.shown();
  const entries = map.entries.map(([text, color, count], i) => ({ text: `${text} (${counted(count)})`, color, shown: shown[i] }));
  return [...ends(map), ...entries.filter((entry) => entry.shown)];
}

// The two ends of a scale of colors, where values are shown.
function ends({ scale, measure, place }) {
  if (!scale) return [];
  const { palette } = place.parts.colors.header, last = (measure?.[3] ?? palette.length) - 1;
  return [{ color: palette[0], text: scale[0] }, { color: palette[last], text: `${scale[1]}, the shades between them` }];
}

function names(pen, map, style) {
  for (const { x, y, dot, color, text } of writtenNames(map)) {
    Object.assign(pen, { font: `600 12px ${style.fontFamily}`, textBaseline: "middle", lineWidth: 3, lineJoin: "round",
      strokeStyle: style.backgroundColor, fillStyle: color });
    pen.beginPath();
    pen.arc(dot.x, y, dot.r, 0, 7);
    pen.stroke();
    pen.fill();
    pen.strokeText(text, x, y);
    pen.fillStyle = style.color;
    pen.fillText(text, x, y);
  }
}

// The names that found room on the map, and where; cut as they are on the screen.
function writtenNames(map) {
  const corner = map.panel.frame.getBoundingClientRect(), pen = element("canvas").getContext("2d");
  pen.font = `600 12px ${getComputedStyle(map.panel.root).fontFamily}`;
  const visible = (map.names.labels ?? []).filter(({ node }) => node.style.visibility === "visible");
  return visible.map(({ node }) => {
    const [dot, name] = node.children, place = node.getBoundingClientRect(), at = dot.getBoundingClientRect();
    const box = name.getBoundingClientRect(), whole = name.textContent;
    let text = whole;
    while (text.length > 1 && pen.measureText(text === whole ? text : `${text}…`).width > box.width + 1) text = text.slice(0, -1);
    return { x: box.left - corner.left, y: place.top - corner.top + place.height / 2, color: dot.style.background,
      dot: { x: at.left - corner.left + at.width / 2, r: at.width / 2 }, text: text === whole ? text : `${text}…` };
  });
}
