// A scatter plot in plain WebGL2. Text reaches the page through textContent only.
const VERTEX = `#version 300 es
layout(location=0) in vec2 xy; layout(location=1) in float color; layout(location=2) in float state;
uniform vec2 scale, shift; uniform float size, pass_; uniform float isolated; uniform sampler2D palette;
out vec4 tint;
void main() {
  bool off = isolated >= 0.0 && abs(color - isolated) > 0.5;
  bool bright = state > 0.5 && !off;
  if ((pass_ > 0.5) != bright) { gl_Position = vec4(2.0, 2.0, 0.0, 1.0); gl_PointSize = 0.0; return; }
  gl_Position = vec4(xy * scale + shift, 0.0, 1.0);
  gl_PointSize = bright ? size : size * 0.75;
  vec3 rgb = texelFetch(palette, ivec2(int(color + 0.5), 0), 0).rgb;
  tint = bright ? vec4(rgb, 0.85) : vec4(mix(vec3(0.55), rgb, 0.2), 0.28);
}`;
const FRAGMENT = `#version 300 es
precision mediump float; in vec4 tint; out vec4 result;
void main() {
  float r = length(gl_PointCoord - 0.5);
  float a = tint.a * (1.0 - smoothstep(0.42, 0.5, r));
  if (a < 0.01) discard;
  result = vec4(tint.rgb * a, a);
}`;
const GRID = 65535, CELLS = 96, CORNERS = 64;
const instances = new WeakMap();

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const element = (tag, attributes = {}, text = null) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  if (text !== null) node.textContent = text;
  return node;
};

export default function (component) {
  const { parentElement, data, setStateValue } = component;
  let map = instances.get(parentElement);
  if (!map) {
    map = new ScatterMap(parentElement);
    instances.set(parentElement, map);
  }
  map.setStateValue = setStateValue;
  map.load(data);
  return () => {
    instances.delete(parentElement);
    map.destroy();
  };
}

class ScatterMap {
  constructor(parent) {
    this.root = element("div", { class: "map" });
    const frame = element("div", { class: "frame" });
    this.canvas = element("canvas", { role: "img", tabindex: "0" });
    this.svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.svg.setAttribute("aria-hidden", "true");
    this.shape = this.svg.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "polygon"));
    this.tip = element("div", { class: "tip", hidden: "" });
    const tools = element("div", { class: "tools" });
    this.lassoButton = element("button", { type: "button", "aria-pressed": "false", title: "Draw around points (or hold Shift and drag)" }, "Lasso");
    this.clearButton = element("button", { type: "button", title: "Remove the lasso (Esc)" }, "Clear");
    this.resetButton = element("button", { type: "button", title: "Show everything (0)" }, "Reset view");
    tools.append(this.lassoButton, this.clearButton, this.resetButton);
    frame.append(this.canvas, this.svg, tools, this.tip);
    this.legend = element("div", { class: "legend" });
    this.root.append(frame, this.legend);
    parent.append(this.root);
    this.view = { zoom: 1, x: 0.5, y: 0.5 };
    this.polygon = [];
    this.isolated = -1;
    this.lasso = false;
    this.listen();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
  }

  load(data) {
    this.data = data;
    this.canvas.style.height = `${data.height}px`;
    this.canvas.setAttribute("aria-label", data.label);
    const signature = `${data.n}|${data.xy.length}|${data.color.slice(0, 200)}|${data.label}`;
    if (this.xyText !== data.xy || this.colorText !== data.color || this.signature !== signature) {
      this.xyText = data.xy; this.colorText = data.color; this.signature = signature;
      this.xy = new Uint16Array(bytes(data.xy).buffer);
      this.color = bytes(data.color);
      this.isolated = -1;
      this.index();
      this.upload();
      this.showLegend();
    }
    const maps = (window.__paserMaps ??= {});
    const entry = (maps[data.name] ??= {});
    if (entry.view) Object.assign(this.view, entry.view);
    if (entry.polygon) this.polygon = entry.polygon;
    entry.view = this.view;
    entry.apply = () => this.applyBits(entry.bits);
    this.entry = entry;
    entry.apply();
  }

  applyBits(bits) {
    const n = this.data.n;
    const state = new Uint8Array(n).fill(1);
    if (bits) {
      const packed = bytes(bits);
      for (let i = 0; i < n; i++) state[i] = (packed[i >> 3] >> (i & 7)) & 1;
    }
    this.state = state;
    if (this.gl) {
      this.gl.bindBuffer(this.gl.ARRAY_BUFFER, this.buffers.state);
      this.gl.bufferData(this.gl.ARRAY_BUFFER, state, this.gl.DYNAMIC_DRAW);
    }
    this.version = bits ?? "all";
    this.draw();
  }

  index() {
    this.cells = new Map();
    for (let i = 0; i < this.data.n; i++) {
      const cell = this.cellOf(this.xy[2 * i] / GRID, this.xy[2 * i + 1] / GRID);
      const list = this.cells.get(cell);
      if (list) list.push(i); else this.cells.set(cell, [i]);
    }
  }

  cellOf(x, y) {
    return Math.min(CELLS - 1, Math.floor(x * CELLS)) * CELLS + Math.min(CELLS - 1, Math.floor(y * CELLS));
  }

  upload() {
    const gl = (this.gl ??= this.canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, preserveDrawingBuffer: true }));
    if (!gl) {
      this.root.replaceChildren(element("div", { class: "missing" },
        "This browser cannot draw the map: WebGL 2 is switched off or missing. The table below still lists every sample."));
      return;
    }
    if (!this.program) {
      const compile = (type, text) => {
        const shader = gl.createShader(type);
        gl.shaderSource(shader, text);
        gl.compileShader(shader);
        return shader;
      };
      this.program = gl.createProgram();
      gl.attachShader(this.program, compile(gl.VERTEX_SHADER, VERTEX));
      gl.attachShader(this.program, compile(gl.FRAGMENT_SHADER, FRAGMENT));
      gl.linkProgram(this.program);
      this.buffers = { xy: gl.createBuffer(), color: gl.createBuffer(), state: gl.createBuffer() };
      this.uniform = Object.fromEntries(
        ["scale", "shift", "size", "pass_", "isolated", "palette"].map((n) => [n, gl.getUniformLocation(this.program, n)]));
      this.texture = gl.createTexture();
    }
    const fill = (buffer, values, location, size, type, normalised) => {
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      if (values) gl.bufferData(gl.ARRAY_BUFFER, values, gl.STATIC_DRAW);
      gl.enableVertexAttribArray(location);
      gl.vertexAttribPointer(location, size, type, normalised, 0, 0);
    };
    fill(this.buffers.xy, this.xy, 0, 2, gl.UNSIGNED_SHORT, true);
    fill(this.buffers.color, this.color, 1, 1, gl.UNSIGNED_BYTE, false);
    fill(this.buffers.state, new Uint8Array(this.data.n).fill(1), 2, 1, gl.UNSIGNED_BYTE, false);
    const pixels = new Uint8Array(256 * 4).fill(128);
    this.data.palette.forEach((hex, i) => {
      for (let c = 0; c < 3; c++) pixels[4 * i + c] = parseInt(hex.slice(1 + 2 * c, 3 + 2 * c), 16);
    });
    gl.bindTexture(gl.TEXTURE_2D, this.texture);
    gl.texImage2D(gl.TEXTURE_2D, 0, gl.RGBA, 256, 1, 0, gl.RGBA, gl.UNSIGNED_BYTE, pixels);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }

  // Grid position (0..1, y up) to pixels of the canvas element, and back.
  side() { return 0.94 * Math.min(this.canvas.clientWidth, this.canvas.clientHeight) * this.view.zoom; }
  toPixel(x, y) {
    return [this.canvas.clientWidth / 2 + (x - this.view.x) * this.side(),
            this.canvas.clientHeight / 2 - (y - this.view.y) * this.side()];
  }
  toGrid(px, py) {
    return [this.view.x + (px - this.canvas.clientWidth / 2) / this.side(),
            this.view.y - (py - this.canvas.clientHeight / 2) / this.side()];
  }

  draw() {
    if (this.waiting || !this.gl || !this.state) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      const gl = this.gl, ratio = window.devicePixelRatio || 1;
      const width = Math.max(1, Math.round(this.canvas.clientWidth * ratio));
      const height = Math.max(1, Math.round(this.canvas.clientHeight * ratio));
      if (this.canvas.width !== width || this.canvas.height !== height) {
        this.canvas.width = width; this.canvas.height = height;
      }
      gl.viewport(0, 0, width, height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.useProgram(this.program);
      const side = this.side(), sx = 2 * side / this.canvas.clientWidth, sy = 2 * side / this.canvas.clientHeight;
      gl.uniform2f(this.uniform.scale, sx, sy);
      gl.uniform2f(this.uniform.shift, -this.view.x * sx, -this.view.y * sy);
      gl.uniform1f(this.uniform.isolated, this.isolated);
      gl.uniform1f(this.uniform.size, this.pointSize() * ratio);
      gl.bindTexture(gl.TEXTURE_2D, this.texture);
      for (const pass of [0, 1]) {
        gl.uniform1f(this.uniform.pass_, pass);
        gl.drawArrays(gl.POINTS, 0, this.data.n);
      }
      gl.flush();
      this.showPolygon();
      this.canvas.dataset.painted = String(Number(this.canvas.dataset.painted ?? 0) + 1);
      this.canvas.dataset.version = String(this.version).slice(0, 4000);
    });
  }

  pointSize() {
    const crowd = Math.sqrt(4000 / Math.max(this.data.n, 500));
    return Math.min(14, Math.max(2.5, 6 * crowd) * Math.pow(this.view.zoom, 0.35));
  }

  showPolygon() {
    this.shape.setAttribute("points", this.polygon.map(([x, y]) => this.toPixel(x / GRID, y / GRID).join(",")).join(" "));
    this.clearButton.hidden = this.polygon.length === 0;
  }

  showLegend() {
    this.legend.replaceChildren();
    if (this.data.scale) {
      const bar = element("div");
      bar.style.background = `linear-gradient(90deg, ${this.data.palette.join(",")})`;
      const row = element("div", { class: "scale" });
      row.append(element("span", {}, this.data.scale[0]), bar, element("span", {}, this.data.scale[1]));
      this.legend.append(row);
    }
    this.data.legend.forEach(([label, color, count], i) => {
      const button = element("button", { type: "button", "aria-pressed": "false", title: "Show only these points" });
      const dot = element("i");
      dot.style.background = color;
      button.append(dot, element("b", {}, label), element("span", {}, count.toLocaleString("en")));
      button.addEventListener("click", () => {
        this.isolated = this.isolated === i ? -1 : i;
        [...this.legend.children].forEach((b, k) => b.setAttribute("aria-pressed", String(k === this.isolated)));
        this.draw();
      });
      this.legend.append(button);
    });
  }

  nearest(px, py) {
    const [gx, gy] = this.toGrid(px, py), reach = 10 / this.side();
    let best = -1, distance = reach * reach;
    const at = (v) => Math.max(0, Math.min(CELLS - 1, Math.floor(v * CELLS)));
    for (let cx = at(gx - reach); cx <= at(gx + reach); cx++)
      for (let cy = at(gy - reach); cy <= at(gy + reach); cy++)
        for (const i of this.cells.get(cx * CELLS + cy) ?? []) {
          const dx = this.xy[2 * i] / GRID - gx, dy = this.xy[2 * i + 1] / GRID - gy;
          const d = dx * dx + dy * dy - (this.state[i] ? 1e-9 : 0);
          if (d < distance) { distance = d; best = i; }
        }
    return best;
  }

  hover(px, py) {
    const i = this.nearest(px, py);
    this.tip.hidden = i < 0;
    if (i < 0) return;
    const name = this.data.legend[this.color[i]]?.[0];
    const text = this.data.hover[i];
    this.tip.textContent = [name, text].filter(Boolean).join("\n") || `Sample ${i + 1}`;
    const left = Math.min(px + 14, this.canvas.clientWidth - 330);
    this.tip.style.left = `${Math.max(4, left)}px`;
    this.tip.style.top = `${Math.min(py + 14, this.canvas.clientHeight - 70)}px`;
  }

  setPolygon(polygon) {
    this.polygon = polygon;
    this.entry.polygon = polygon;
    this.setStateValue("polygon", polygon);
    this.draw();
  }

  zoomBy(factor, px, py) {
    const before = this.toGrid(px, py);
    this.view.zoom = Math.min(200, Math.max(0.5, this.view.zoom * factor));
    const after = this.toGrid(px, py);
    this.view.x += before[0] - after[0];
    this.view.y += before[1] - after[1];
    this.draw();
  }

  reset() { Object.assign(this.view, { zoom: 1, x: 0.5, y: 0.5 }); this.draw(); }

  listen() {
    const canvas = this.canvas;
    const place = (e) => { const r = canvas.getBoundingClientRect(); return [e.clientX - r.left, e.clientY - r.top]; };
    let drag = null;
    canvas.addEventListener("pointerdown", (e) => {
      const [x, y] = place(e);
      canvas.setPointerCapture(e.pointerId);
      drag = { x, y, moved: false, lasso: this.lasso || e.shiftKey, path: [this.toGrid(x, y)] };
    });
    canvas.addEventListener("pointermove", (e) => {
      const [x, y] = place(e);
      if (!drag) return this.hover(x, y);
      this.tip.hidden = true;
      if (Math.abs(x - drag.x) + Math.abs(y - drag.y) > 3) drag.moved = true;
      if (drag.lasso) {
        drag.path.push(this.toGrid(x, y));
        this.polygon = drag.path.map(([a, b]) => [a * GRID, b * GRID]);
        this.showPolygon();
      } else if (drag.moved) {
        this.view.x -= (x - drag.x) / this.side();
        this.view.y += (y - drag.y) / this.side();
        drag.x = x; drag.y = y;
        this.draw();
      }
    });
    canvas.addEventListener("pointerup", (e) => {
      if (!drag) return;
      const [x, y] = place(e), done = drag;
      drag = null;
      if (done.lasso && done.moved) {
        const step = Math.max(1, Math.ceil(done.path.length / CORNERS));
        this.setPolygon(done.path.filter((_, i) => i % step === 0).map(([a, b]) => [Math.round(a * GRID), Math.round(b * GRID)]));
      } else if (!done.moved) {
        const i = this.nearest(x, y);
        if (i >= 0) this.setStateValue("clicked", i);
      }
    });
    canvas.addEventListener("pointerleave", () => { this.tip.hidden = true; });
    canvas.addEventListener("wheel", (e) => { e.preventDefault(); this.zoomBy(Math.exp(-e.deltaY * 0.0015), ...place(e)); }, { passive: false });
    canvas.addEventListener("dblclick", () => this.reset());
    canvas.addEventListener("keydown", (e) => {
      const step = 40 / this.side(), middle = [canvas.clientWidth / 2, canvas.clientHeight / 2];
      const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
      if (moves[e.key]) { this.view.x += moves[e.key][0]; this.view.y += moves[e.key][1]; this.draw(); }
      else if (e.key === "+" || e.key === "=") this.zoomBy(1.25, ...middle);
      else if (e.key === "-") this.zoomBy(0.8, ...middle);
      else if (e.key === "0") this.reset();
      else if (e.key === "Escape") this.setPolygon([]);
      else return;
      e.preventDefault();
    });
    this.lassoButton.addEventListener("click", () => {
      this.lasso = !this.lasso;
      this.lassoButton.setAttribute("aria-pressed", String(this.lasso));
      canvas.classList.toggle("lasso", this.lasso);
    });
    this.clearButton.addEventListener("click", () => this.setPolygon([]));
    this.resetButton.addEventListener("click", () => this.reset());
  }

  destroy() {
    this.observer.disconnect();
    if (this.entry) this.entry.apply = null;
    this.root.remove();
  }
}
