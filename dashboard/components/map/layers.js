// Which points stand out. Layers are drawn in this order, so what matters lies on top.
//
// Muted is what does not stand out: it steps back and keeps its color, so that the legend still says
// what it is. Only what the legend leaves out is gray.
const LEFT_OUT = 0, MUTED = 1, BRIGHT = 2, FOUND = 3, NOWHERE = 255;

// `state.bright` and `state.found` are bits, `state.lassoed` bytes; null stands for all, none and all.
// `state.shown` has a byte per color. Returns each point's layer, and all points in drawing order.
function layersOf(view, { bright, found, lassoed, colors, shown }) {
  const { n } = view;
  const layer = new Uint8Array(n), counts = [0, 0, 0, 0];
  for (let i = 0; i < n; i++) {
    if (!view.placed(i)) { layer[i] = NOWHERE; continue; }
    const hit = found && (found[i >> 3] >> (i & 7)) & 1;
    const stands = (!bright || (bright[i >> 3] >> (i & 7)) & 1) && (!lassoed || lassoed[i]);
    layer[i] = !shown[colors[i]] ? LEFT_OUT : hit ? FOUND : stands ? BRIGHT : MUTED;
    counts[layer[i]]++;
  }
  let all = 0;
  const next = counts.map((count) => (all += count) - count);
  const order = new Uint32Array(all);
  for (let i = 0; i < n; i++) if (layer[i] !== NOWHERE) order[next[layer[i]]++] = i;
  return { layer, counts, order };
}

// How the points of each layer look: times the size and so many pixels more, how opaque, how much of the color.
function stylesOf(deep) {
  return [
    { scale: 0.7, more: 0, opacity: 0.25, tone: 0, ring: 0 },
    { scale: 0.75, more: 0, opacity: 0.28, tone: 0.6, ring: 0 },
    { scale: 1, more: 0, opacity: deep ? 1 : 0.85, tone: 1, ring: 0 },
    { scale: 1.5, more: 3, opacity: 1, tone: 1, ring: 1.25 },
  ];
}

// How many points of each color stand out.
function standingOf(layer, colors) {
  const standing = new Uint32Array(256);
  for (let i = 0; i < layer.length; i++) if (layer[i] !== NOWHERE && layer[i] >= BRIGHT) standing[colors[i]]++;
  return standing;
}

function sameBytes(one, other) {
  return one?.length === other.length && one.every((value, i) => value === other[i]);
}
