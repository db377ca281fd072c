// Where points are seen. dashboard/geometry.py does the same sums, and both are exact: positions are
// whole numbers and the camera's axes are whole millionths.
const GRID = 65535, CENTER = 32768, MICRO = 1e6;
const MARGIN = 0.92; // share of the canvas that the whole map fills
const START = { zoom: 1, x: 0, y: 0, yaw: 30, pitch: 20 };
const FLAT = { right: [MICRO, 0, 0], up: [0, MICRO, 0], toward: [0, 0, 0] };

function axesOf({ yaw, pitch }) {
  const y = (yaw * Math.PI) / 180, p = (pitch * Math.PI) / 180;
  const exact = (row) => row.map((value) => Math.round(value * MICRO));
  return {
    right: exact([Math.cos(y), Math.sin(y), 0]),
    up: exact([-Math.sin(y) * Math.sin(p), Math.cos(y) * Math.sin(p), Math.cos(p)]),
    toward: exact([Math.sin(y) * Math.cos(p), -Math.cos(y) * Math.cos(p), Math.sin(p)]),
  };
}

class View {
  constructor(canvas) {
    this.canvas = canvas;
    this.place = { ...START };
  }

  // `place` is kept by the caller, so that the view outlives this object.
  load(positions, dimensions, place) {
    Object.assign(this, { positions, dimensions, place, n: positions.length / dimensions });
    this.seen = null;
    // Half the extent to either side of the center and up and down; turning must not push a point
    // off the canvas, so in three dimensions it is the radius of the sphere around all of them.
    const far = [1, 1, 1];
    let radius = 1;
    for (let i = 0, at = 0; i < this.n; i++, at += dimensions) {
      if (!positions[at]) continue;
      let squares = 0;
      for (let axis = 0; axis < dimensions; axis++) {
        const from = Math.abs(positions[at + axis] - CENTER);
        if (from > far[axis]) far[axis] = from;
        squares += from * from;
      }
      radius = Math.max(radius, Math.sqrt(squares));
    }
    // The box around them may stick out a little while it turns.
    radius = Math.max(radius, 0.9 * Math.hypot(...far));
    const most = dimensions === 3 ? [radius, radius] : far.slice(0, 2);
    this.extent = most.map((half) => Math.max(0.05, (2 * half) / GRID));
  }

  get deep() { return this.dimensions === 3; }
  get width() { return this.canvas.clientWidth; }
  get height() { return this.canvas.clientHeight; }
  get camera() { return this.deep ? [this.place.yaw, this.place.pitch] : null; }
  get axes() { return this.deep ? axesOf(this.place) : FLAT; }

  // Pixels that one unit (the side of the grid) takes.
  side() {
    return MARGIN * this.place.zoom * Math.min(this.width / this.extent[0], this.height / this.extent[1]);
  }
  toPixel(u, v) {
    const side = this.side();
    return [this.width / 2 + ((u - CENTER) / GRID - this.place.x) * side,
            this.height / 2 - ((v - CENTER) / GRID - this.place.y) * side];
  }
  toGrid(px, py) {
    const side = this.side();
    return [(this.place.x + (px - this.width / 2) / side) * GRID + CENTER,
            (this.place.y - (py - this.height / 2) / side) * GRID + CENTER];
  }

  // One place [x, y, z] as it is seen: [u, v] in grid units and how near it is, -1 to 1.
  look([x, y, z = CENTER], axes = this.axes) {
    const { right, up, toward } = axes;
    const a = x - CENTER, b = y - CENTER, c = z - CENTER;
    return [(right[0] * a + right[1] * b + right[2] * c) / MICRO + CENTER,
            (up[0] * a + up[1] * b + up[2] * c) / MICRO + CENTER,
            (2 * (toward[0] * a + toward[1] * b + toward[2] * c)) / MICRO / GRID / this.extent[0]];
  }
  position(i) { return this.positions.subarray(i * this.dimensions, (i + 1) * this.dimensions); }
  placed(i) { return i >= 0 && i < this.n && this.positions[i * this.dimensions] > 0; }

  // All points as they are seen, worked out once for each camera.
  all() {
    const camera = String(this.camera);
    if (this.seen?.camera !== camera) this.seen = { camera, ...this.project(this.axes) };
    return this.seen;
  }
  // All points as they are seen from elsewhere; null is the camera of a flat map.
  from(camera) {
    if (String(camera) === String(this.camera)) return this.all();
    return this.project(camera ? axesOf({ yaw: camera[0], pitch: camera[1] }) : FLAT);
  }
  project(axes) {
    const { positions, dimensions, n } = this;
    const u = new Float64Array(n), v = new Float64Array(n), near = new Float32Array(n);
    for (let i = 0, at = 0; i < n; i++, at += dimensions) {
      if (dimensions === 2) { u[i] = positions[at]; v[i] = positions[at + 1]; continue; }
      [u[i], v[i], near[i]] = this.look([positions[at], positions[at + 1], positions[at + 2]], axes);
    }
    return { u, v, near };
  }

  pan(dx, dy) {
    this.place.x -= dx / this.side();
    this.place.y += dy / this.side();
  }
  zoomBy(factor, px, py) {
    const before = this.toGrid(px, py);
    this.place.zoom = Math.min(200, Math.max(0.5, this.place.zoom * factor));
    const after = this.toGrid(px, py);
    this.place.x += (before[0] - after[0]) / GRID;
    this.place.y += (before[1] - after[1]) / GRID;
  }
  // Hundredths of a degree: what Python gets is what was drawn.
  turn(yaw, pitch) {
    const round = (value) => Math.round(value * 100) / 100;
    this.place.yaw = round((((yaw % 360) + 540) % 360) - 180);
    this.place.pitch = round(Math.min(90, Math.max(-90, pitch)));
  }
  reset() { Object.assign(this.place, START); }
}
