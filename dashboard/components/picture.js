// Saves a chart of the page as a picture. Plotly's charts bring the means; those of our own listen.
const NAMES = { png: "Picture (PNG)", svg: "Vector picture (SVG)" };
const TITLE = 44; // pixels over the picture
const LINE = 20; // of a legend
const NARROW = 900; // pixels that a picture has at least: a phone has less than a paper

export default function ({ parentElement, data }) {
  let holder = parentElement.querySelector(".pictures");
  if (!holder) {
    holder = document.createElement("div");
    holder.className = "pictures";
    parentElement.append(holder);
  }
  holder.replaceChildren(...data.kinds.map((kind) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = NAMES[kind];
    button.onclick = () => {
      if (take(kind, data)) return;
      const trouble = document.createElement("div");
      trouble.className = "trouble";
      trouble.textContent = "The chart is not on the page any more. Close this menu and open it again.";
      holder.replaceChildren(trouble);
    };
    return button;
  }));
}

function take(kind, { chart, name, title, legend }) {
  const place = `.st-key-${CSS.escape(chart.replace(/[^a-zA-Z0-9_-]/g, "-"))}`;
  const plot = document.querySelector(`${place} .js-plotly-plot`);
  if (!plot) {
    // Whoever has the chart answers by preventing the default, which there is none of.
    const asked = new CustomEvent("paser-picture", { cancelable: true, detail: { chart, kind, name, title } });
    return !window.dispatchEvent(asked);
  }
  const button = plot.querySelector(".modebar-btn");
  if (!button) return false;
  const { _context: context, layout } = plot, { width: seen, height } = plot._fullLayout;
  const width = Math.max(seen, NARROW);
  const options = context.toImageButtonOptions;
  try {
    // The chart is copied at the click, with a title that on the page stands in the text around it.
    const head = headOf(title, legend, width), room = TITLE + LINE * (head.length - 1);
    plot.layout = withTitle(layout, head.join("<br>"), room);
    context.toImageButtonOptions = { format: kind, filename: name, scale: kind === "png" ? 2 : 1, width, height: height + room };
    keepOpen();
    button.dispatchEvent(new MouseEvent("click", { bubbles: false }));
  } finally {
    plot.layout = layout;
    context.toImageButtonOptions = options;
  }
  return true;
}

// Plotly saves by a click on a link of its own, which the menu would take for one beside itself, and
// close. The click still saves when nobody hears of it.
function keepOpen() {
  const hush = (event) => {
    if (!event.target.matches?.("a[download]")) return;
    event.stopImmediatePropagation();
    window.removeEventListener("click", hush, true);
  };
  window.addEventListener("click", hush, true);
}

// The title, and lines of a legend below it, as plotly writes text.
function headOf(title, legend, width) {
  const plain = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const lines = [];
  let room = 0;
  for (const [color, text, sign = "●"] of legend) {
    const wide = 7 * text.length + 36; // pixels, rather too many
    if (wide > room) { lines.push([]); room = width - 20; }
    lines.at(-1).push(`<span style="color:${color}">${sign}</span> ${plain(text)}`);
    room -= wide;
  }
  return [plain(title), ...lines.map((entries) => `<span style="font-size:12px">${entries.join("&nbsp;&nbsp;&nbsp; ")}</span>`)];
}

function withTitle(layout, text, room) {
  const ground = layout.paper_bgcolor, clear = !ground || /transparent|, ?0\)$/.test(ground);
  return {
    ...layout,
    margin: { ...layout.margin, t: (layout.margin?.t ?? 0) + room },
    title: { text, x: 0.01, xanchor: "left", xref: "container", y: 1, yref: "container", yanchor: "top", pad: { t: room > TITLE ? 22 : 12 }, font: { size: 15 } },
    // A picture has a ground, also where the page lends its own to the chart.
    ...(clear ? { paper_bgcolor: getComputedStyle(document.querySelector(".stApp")).backgroundColor } : {}),
  };
}
