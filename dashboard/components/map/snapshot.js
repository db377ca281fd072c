// The map as a picture: points, lines and names as they are seen now, and the legend below them.
async function pictureOf(map, { title }) {
  const { panel, view, painter } = map, style = getComputedStyle(panel.root);
  const { width, height } = view;
  const [behind, above] = await Promise.all([panel.behind, panel.above].map((svg) => asImage(standingAlone(svg, width, height))));
  const shown = map.legend.shown();
  const entries = map.entries.map(([text, color, count], i) => ({ text: `${text} (${counted(count)})`, color, shown: shown[i] }));
  return sheetOf({
    width, height, title, entries: [...ends(map), ...entries.filter((entry) => entry.shown)],
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

// The two ends of a scale of colors, where values are shown.
function ends({ scale, measure, place }) {
  if (!scale) return [];
  const { palette } = place.parts.colors.header, last = (measure?.[3] ?? palette.length) - 1;
  return [{ color: palette[0], text: scale[0] }, { color: palette[last], text: `${scale[1]}, the shades between them` }];
}

function names(pen, map, style) {
  const corner = map.panel.frame.getBoundingClientRect();
  for (const { node } of map.names.labels ?? []) {
    if (node.style.visibility !== "visible") continue;
    const [dot, text] = node.children, place = node.getBoundingClientRect(), at = dot.getBoundingClientRect();
    const y = place.top - corner.top + place.height / 2, x = text.getBoundingClientRect().left - corner.left;
    Object.assign(pen, { font: `600 12px ${style.fontFamily}`, textBaseline: "middle", lineWidth: 3, lineJoin: "round",
      strokeStyle: style.backgroundColor, fillStyle: dot.style.background });
    pen.beginPath();
    pen.arc(at.left - corner.left + at.width / 2, y, at.width / 2, 0, 7);
    pen.stroke();
    pen.fill();
    const room = text.getBoundingClientRect().width, whole = text.textContent;
    let said = whole;
    while (said.length > 1 && pen.measureText(said === whole ? said : `${said}…`).width > room + 1) said = said.slice(0, -1);
    said = said === whole ? said : `${said}…`;
    pen.strokeText(said, x, y);
    pen.fillStyle = style.color;
    pen.fillText(said, x, y);
  }
}
