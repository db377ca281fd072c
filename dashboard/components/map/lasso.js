// The lasso: at most 64 corners in whole grid units, and who lies in it.
const CORNERS = 64;

// Leaves out the corner that changes the outline least, again and again (Visvalingam & Whyatt 1993).
function simplified(path) {
  const corners = path.map(([x, y]) => [Math.round(x), Math.round(y)]);
  const area = (i) => {
    const [ax, ay] = corners.at(i - 1), [bx, by] = corners[i], [cx, cy] = corners[(i + 1) % corners.length];
    return Math.abs((bx - ax) * (cy - ay) - (cx - ax) * (by - ay));
  };
  while (corners.length > 3) {
    let least = 0, smallest = Infinity;
    for (let i = 0; i < corners.length; i++) {
      const size = area(i);
      if (size < smallest) { smallest = size; least = i; }
    }
    if (smallest > 0 && corners.length <= CORNERS) break;
    corners.splice(least, 1);
  }
  return corners;
}

// One byte per point: 1 inside, by the even-odd rule, exactly as dashboard/geometry.py has it.
function membersOf(view, { corners, camera }) {
  const result = new Uint8Array(view.n);
  if (corners.length < 3) return result;
  const { u, v } = view.from(camera);
  const edges = corners.flatMap(([x1, y1], k) => {
    const [x2, y2] = corners[(k + 1) % corners.length];
    return y1 === y2 ? [] : [x1, y1, x2 - x1, y2 - y1];
  });
  const xs = corners.map((c) => c[0]), ys = corners.map((c) => c[1]);
  const left = Math.min(...xs), right = Math.max(...xs), low = Math.min(...ys), high = Math.max(...ys);
  for (let i = 0; i < view.n; i++) {
    const x = u[i], y = v[i];
    if (x < left || x > right || y < low || y > high || !view.placed(i)) continue;
    let odd = 0;
    for (let e = 0; e < edges.length; e += 4) {
      const y1 = edges[e + 1], dy = edges[e + 3];
      if (y1 > y !== y1 + dy > y && x < (edges[e + 2] * (y - y1)) / dy + edges[e]) odd ^= 1;
    }
    result[i] = odd;
  }
  return result;
}

// The newest lasso outlives a reload, as long as the tab is open.
const lassoName = (map) => `paser-lasso-${map}`;
function keepLasso(map, lasso) {
  try { sessionStorage.setItem(lassoName(map), JSON.stringify(lasso)); } catch { /* storage is forbidden: it does not */ }
}
function keptLasso(map) {
  try { return JSON.parse(sessionStorage.getItem(lassoName(map))); } catch { return null; }
}
