// Pictures of drawings of our own, made in the browser: what is drawn in SVG with the looks that the
// page's styles give it, a title above and a legend below.
const LOOKS = ["fill", "fill-opacity", "fill-rule", "stroke", "stroke-opacity", "stroke-width", "stroke-dasharray",
  "stroke-linejoin", "opacity", "visibility", "font-family", "font-size", "font-weight", "text-anchor", "paint-order"];
const SHARP = 2, PAD = 12, TITLE_HEIGHT = 36, LINE_HEIGHT = 22, FONT = "13px";

// `wanted(chart)` says whether the picture is of this drawing, `make(detail)` gives it as a Blob.
// Returns what ends the listening.
function onPicture(wanted, make) {
  const heard = (event) => {
    if (event.defaultPrevented || !wanted(event.detail.chart)) return;
    event.preventDefault();
    make(event.detail).then((blob) => saveAs(blob, `${event.detail.name}.${event.detail.kind}`));
  };
  window.addEventListener("paser-picture", heard);
  return () => window.removeEventListener("paser-picture", heard);
}

function saveAs(blob, name) {
  const link = element("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// A copy that looks the same without the page's styles.
function standingAlone(svg, width, height) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll("*")], to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const look of LOOKS) to[i].style.setProperty(look, style.getPropertyValue(look));
  });
  for (const [name, value] of Object.entries({ xmlns: NAMESPACE, width, height, viewBox: `0 0 ${width} ${height}` })) {
    copy.setAttribute(name, value);
  }
  return copy;
}

async function asImage(svg) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(svg))}`;
  await image.decode();
  return image;
}

// Legend entries `{ color, text, dashed }` set in lines of a width; returns their places and the height.
function setInLines(entries, width, pen) {
  let x = PAD, y = LINE_HEIGHT;
  const places = entries.map((entry) => {
    const wide = 34 + pen.measureText(entry.text).width + 14;
    if (x + wide > width - PAD && x > PAD) { x = PAD; y += LINE_HEIGHT; }
    const place = { ...entry, x, y };
    x += wide;
    return place;
  });
  return { places, height: entries.length ? y + PAD : 0 };
}

// A sheet with title and legend around a picture; `paint(pen)` draws that, with its corner at 0, 0.
async function sheetOf({ width, height, title, entries, ink, ground, font, paint }) {
  const canvas = element("canvas"), pen = canvas.getContext("2d");
  pen.font = `${FONT} ${font}`;
  const legend = setInLines(entries, width, pen);
  Object.assign(canvas, { width: SHARP * width, height: SHARP * (height + TITLE_HEIGHT + legend.height) });
  pen.scale(SHARP, SHARP);
  Object.assign(pen, { fillStyle: ground, textBaseline: "middle" });
  pen.fillRect(0, 0, width, height + TITLE_HEIGHT + legend.height);
  Object.assign(pen, { fillStyle: ink, font: `600 15px ${font}` });
  pen.fillText(title, PAD, TITLE_HEIGHT / 2, width - 2 * PAD);
  pen.save();
  pen.translate(0, TITLE_HEIGHT);
  paint(pen, SHARP);
  pen.restore();
  pen.font = `${FONT} ${font}`;
  for (const { color, text, dashed, line, x, y } of legend.places) {
    const middle = TITLE_HEIGHT + height + y - LINE_HEIGHT / 2;
    Object.assign(pen, { fillStyle: color, strokeStyle: color, lineWidth: 2 });
    pen.setLineDash(dashed ? [7, 4] : []);
    pen.beginPath();
    if (line) { pen.moveTo(x, middle); pen.lineTo(x + 24, middle); pen.stroke(); }
    else { pen.arc(x + 18, middle, 5, 0, 7); pen.fill(); }
    pen.fillStyle = ink;
    pen.fillText(text, x + 30, middle);
  }
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}
