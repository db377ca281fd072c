// The neighborhood as a picture: the drawing itself as SVG, or with its legend as PNG.
async function pictureOf(network, { kind, title }) {
  const { svg, root, data } = network, style = getComputedStyle(root);
  const width = svg.clientWidth, height = svg.clientHeight;
  const copy = standingAlone(svg, width, height);
  if (kind === "svg") {
    copy.prepend(drawing("title", {}, title), drawing("rect", { width, height, fill: style.backgroundColor }));
    return new Blob([new XMLSerializer().serializeToString(copy)], { type: "image/svg+xml" });
  }
  const image = await asImage(copy);
  const entries = [{ text: "together in a sample", color: style.color, line: true },
    ...(data.conflicts.length ? [{ text: "in conflict", color: data.conflict, line: true, dashed: true }] : []),
    ...data.clusters.map(([text, color]) => ({ text, color }))];
  return sheetOf({
    width, height, title, entries, ink: style.color, ground: style.backgroundColor, font: style.fontFamily,
    paint: (pen) => pen.drawImage(image, 0, 0, width, height),
  });
}
