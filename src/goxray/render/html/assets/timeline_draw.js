// What the time axis is drawn from, and how: arrays out of the page, scales, lines that lose no peak, lanes.
const goxrayDraw = (() => {
  const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400];
  const ROOM = 0.94, FAR_ABOVE = 3;

  // --- data
  const raw = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0)).buffer;
  function unpack(data) {
    const span = (data.end - data.start) / 4294967295;
    for (const each of data.series) {
      each.t = Float64Array.from(new Uint32Array(raw(each.t)), (step) => data.start + step * span);
      each.v = new Float32Array(raw(each.v));
    }
    for (const group of data.groups) {
      group.t = new Float64Array(raw(group.t));
      group.d = new Float32Array(raw(group.d));
      group.longest = group.d.reduce((most, one) => Math.max(most, one), 0);
    }
    return data;
  }
  // The first place whose value is not below the one looked for.
  function first(values, wanted) {
    let low = 0, high = values.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (values[middle] < wanted) low = middle + 1; else high = middle;
    }
    return low;
  }

  // --- figures as people read them
  function digits(value) {
    const size = Math.abs(value);
    if (Number.isInteger(value) && size < 1000) return String(value);
    return size < 9.995 ? value.toFixed(2) : size < 99.95 ? value.toFixed(1) : Math.round(value).toLocaleString("en");
  }
  function lasting(seconds) {
    if (seconds < 0) return `-${lasting(-seconds)}`;
    if (seconds < 1e-3) return `${digits(seconds * 1e6)} µs`;
    if (seconds < 1) return `${digits(seconds * 1e3)} ms`;
    if (seconds < 120) return `${digits(seconds)} s`;
    return seconds < 7200 ? `${digits(seconds / 60)} min` : `${digits(seconds / 3600)} h`;
  }
  function sized(value) {
    if (value < 0) return `-${sized(-value)}`;
    if (value < 1024) return `${Math.round(value)} B`;
    const units = ["KiB", "MiB", "GiB", "TiB", "PiB"];
    let at = -1;
    do { value /= 1024; at += 1; } while (value >= 999.5 && at < units.length - 1);
    return `${value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0)} ${units[at]}`;
  }
  function figure(value, unit) {
    if (typeof value === "string") return value;
    if (unit === "bytes") return sized(value);
    if (unit === "ms") return lasting(value / 1000);
    if (unit === "s") return lasting(value);
    if (unit === "percent") return `${digits(value)}%`;
    if (unit === "address") return `0x${Math.round(value).toString(16)}`;
    return unit === "count" ? Math.round(value).toLocaleString("en") : digits(value);
  }
  // A place on the axis, with the digits that tell it from its neighbours at this zoom.
  function place(second, span) {
    const decimals = Math.max(0, Math.min(9, 3 - Math.floor(Math.log10(span))));
    if (Math.abs(second) >= 3600) {
      const rest = (Math.abs(second) % 60).toFixed(decimals).padStart(decimals ? decimals + 3 : 2, "0");
      const minutes = Math.floor(Math.abs(second) / 60);
      return `${second < 0 ? "-" : ""}${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${rest}`;
    }
    return `${second.toFixed(decimals)} s`;
  }

  // --- scales
  function niceTop(highest, unit) {
    if (!(highest > 0)) return [1, 1];
    let step;
    if (unit === "bytes") step = 2 ** Math.ceil(Math.log2(highest / 5));
    else {
      step = 10 ** Math.floor(Math.log10(highest / 5));
      step *= [1, 2, 2.5, 5, 10].find((factor) => highest <= 5 * step * factor * (1 + 1e-12));
    }
    const steps = Math.max(Math.ceil(highest / step - 1e-9), 1);
    return [step * steps, steps];
  }
  function ticks(view, most) {
    const wanted = (view.hi - view.lo) / most;
    let step;
    if (wanted < 1) {
      step = 10 ** Math.floor(Math.log10(wanted));
      step *= [1, 2, 5, 10].find((factor) => wanted <= step * factor * (1 + 1e-12));
    } else step = STEPS.find((each) => wanted <= each) || Math.ceil(wanted / 86400) * 86400;
    const found = [];
    for (let at = Math.ceil(view.lo / step - 1e-9); at <= Math.floor(view.hi / step + 1e-9); at += 1) {
      found.push([at * step, label(at * step, step)]);
    }
    return found;
  }
  function label(second, step) {
    if (step < 60) return `${second.toFixed(Math.max(0, -Math.floor(Math.log10(step) + 1e-9)))} s`;
    return step < 3600 ? `${Math.round(second / 60)} min` : `${Math.round(second / 3600)} h`;
  }

  // --- drawing
  const colors = new Map();
  function color(name) {
    if (!colors.has(name)) colors.set(name, getComputedStyle(document.documentElement).getPropertyValue(name).trim());
    return colors.get(name);
  }
  const forget = () => colors.clear();
  const fill = (name) => color(name.startsWith("v-") ? `--tl-${name.slice(2)}` : `--tl-${name}`);

  function open(canvas) {
    const ratio = devicePixelRatio || 1, box = canvas.parentElement;
    const width = box.clientWidth, height = box.clientHeight;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const pen = canvas.getContext("2d");
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.clearRect(0, 0, width, height);
    return { pen, width, height };
  }
  function words(pen, text, x, y, align = "left") {
    pen.font = `11px ${color("--mono")}`;
    pen.textAlign = align;
    pen.lineWidth = 3;
    pen.lineJoin = "round";
    pen.strokeStyle = color("--paper");
    pen.strokeText(text, x, y);
    pen.fillStyle = color("--quiet");
    pen.fillText(text, x, y);
  }
  // From the last point before the view to the first one behind it.
  function reach(each, view) {
    return [Math.max(first(each.t, view.lo) - 1, 0), Math.min(first(each.t, view.hi) + 1, each.t.length)];
  }
  function highest(each, view) {
    const [from, to] = reach(each, view);
    let most = 0;
    for (let at = from; at < to; at += 1) if (each.v[at] > most) most = each.v[at];
    return most;
  }
  function top(series, view) {
    let most = 0;
    for (const each of series) if (!each.limit) most = Math.max(most, highest(each, view));
    const inner = most;
    for (const each of series) {
      if (!each.limit) continue;
      const limit = highest(each, view);
      if (inner === 0 || limit <= FAR_ABOVE * inner) most = Math.max(most, limit);
    }
    return niceTop(most, series[0].unit);
  }
  function trace(pen, each, view, width, across, down) {
    const [from, to] = reach(each, view);
    if (from >= to) return null;
    const dense = to - from > 4 * width;
    let x = across(each.t[from]), y = down(each.v[from]);
    const startX = x;
    pen.moveTo(x, y);
    const go = (at) => {
      const nextX = across(each.t[at]), nextY = down(each.v[at]);
      if (each.hold) pen.lineTo(nextX, y);
      pen.lineTo(nextX, nextY);
      x = nextX; y = nextY;
    };
    if (!dense) for (let at = from + 1; at < to; at += 1) go(at);
    else {
      // Of each pixel the first, lowest, highest and last point, in their order: no peak gets lost.
      let at = from + 1;
      while (at < to) {
        const pixel = Math.floor(across(each.t[at]));
        let low = at, high = at, end = at;
        while (end < to && Math.floor(across(each.t[end])) === pixel) {
          if (each.v[end] < each.v[low]) low = end;
          if (each.v[end] > each.v[high]) high = end;
          end += 1;
        }
        let before = -1;
        for (const kept of [at, Math.min(low, high), Math.max(low, high), end - 1]) {
          if (kept > before) { go(kept); before = kept; }
        }
        at = end;
      }
    }
    if (each.hold) {
      const end = across(Math.max(each.end, each.t[each.t.length - 1]));
      if (to === each.t.length && end > x) { pen.lineTo(end, y); x = end; }
    }
    return [startX, x, dense];
  }
  // One stick a pixel: the highest that falls there.
  function sticks(pen, each, view, width, height, across, down) {
    const tops = new Float64Array(Math.ceil(width) + 1).fill(Infinity);
    for (let at = first(each.t, view.lo); at < each.t.length && each.t[at] <= view.hi; at += 1) {
      const x = Math.round(across(each.t[at]));
      tops[x] = Math.min(tops[x], down(each.v[at]));
    }
    tops.forEach((y, x) => {
      if (y === Infinity) return;
      pen.moveTo(x + 0.5, height);
      pen.lineTo(x + 0.5, Math.min(y, height - 1));
    });
    pen.strokeStyle = fill(each.color);
    pen.lineWidth = 1.6;
    pen.stroke();
  }
  function plot(canvas, series, view, above, bare) {
    const { pen, width, height } = open(canvas);
    const shown = series.filter((each) => each.on);
    if (!shown.length || !width) return;
    const [most, steps] = top(shown, view);
    const across = (second) => ((second - view.lo) / (view.hi - view.lo)) * width;
    const down = (value) => height - (value / most) * height * ROOM;
    if (!bare) {
      pen.strokeStyle = color("--tl-grid");
      pen.lineWidth = 1;
      pen.beginPath();
      for (let step = 1; step <= steps; step += 1) {
        const y = Math.round(down((most * step) / steps)) + 0.5;
        pen.moveTo(0, y);
        pen.lineTo(width, y);
      }
      pen.stroke();
    }
    for (const each of [...shown.filter((one) => one.area), ...shown.filter((one) => !one.area)]) {
      pen.beginPath();
      if (each.t.length === 1 && !each.hold) {
        pen.arc(across(each.t[0]), down(each.v[0]), bare ? 1.5 : 4, 0, 7);
        pen.fillStyle = fill(each.color);
        pen.fill();
        continue;
      }
      if (each.stick) {
        sticks(pen, each, view, width, height, across, down);
        continue;
      }
      const ends = trace(pen, each, view, width, across, down);
      if (!ends) continue;
      pen.strokeStyle = fill(each.color);
      pen.lineWidth = bare ? 1 : 1.6;
      pen.lineJoin = "round";
      pen.setLineDash(each.limit ? [7, 5] : []);
      pen.globalAlpha = ends[2] ? 0.6 : 1;
      pen.stroke();
      pen.globalAlpha = 1;
      pen.setLineDash([]);
      if (!each.area) continue;
      pen.lineTo(ends[1], height);
      pen.lineTo(ends[0], height);
      pen.closePath();
      pen.globalAlpha = 0.22;
      pen.fillStyle = fill(each.color);
      pen.fill();
      pen.globalAlpha = 1;
    }
    if (bare) return;
    const labels = height > 100 ? steps : 1;
    for (let step = steps; step > steps - labels; step -= 1) {
      const value = (most * step) / steps;
      words(pen, figure(value, shown[0].unit), 4, Math.max(down(value) - 3, 10));
    }
    let line = 0;
    for (const each of shown.filter((one) => one.limit)) {
      const value = highest(each, view);
      if (value <= most * 1.06) continue;
      const said = above[document.documentElement.lang].replace("{name}", each.name[document.documentElement.lang]).replace("{value}", figure(value, each.unit));
      words(pen, `↑ ${said}`, width - 6, 12 + 14 * line, "right");
      line += 1;
    }
  }
  const levelsOf = (groups) => groups.reduce((deep, group) => group.levels.reduce((most, one) => Math.max(most, one), deep), 0) + 1;
  function lane(canvas, groups, view) {
    const { pen, width, height } = open(canvas);
    if (!width) return;
    const deep = levelsOf(groups), tall = height / deep;
    const across = (second) => ((second - view.lo) / (view.hi - view.lo)) * width;
    const shown = [...groups.filter((one) => !one.instant), ...groups.filter((one) => one.instant)];
    for (const group of shown) {
      pen.fillStyle = fill(group.color);
      const from = first(group.t, view.lo - group.longest);
      let covered = new Float64Array(deep).fill(-1);
      for (let at = from; at < group.t.length && group.t[at] <= view.hi; at += 1) {
        const level = group.levels[at] || 0;
        const left = across(group.t[at]), right = Math.max(across(group.t[at] + group.d[at]), left + (group.titles.length ? 6 : 1.5));
        if (right <= covered[level] || right < 0) continue;
        covered[level] = right;
        const y = level * tall;
        if (group.instant) {
          pen.beginPath();
          pen.moveTo(left, y + tall * 0.08);
          pen.lineTo(left + 4.5, y + tall / 2);
          pen.lineTo(left, y + tall * 0.92);
          pen.lineTo(left - 4.5, y + tall / 2);
          pen.fill();
          continue;
        }
        const x = Math.max(left, -2), wide = Math.min(right, width + 2) - x;
        pen.fillRect(x, y + tall * 0.1, wide, tall * 0.8);
        named(pen, group, at, x, y, wide, tall);
      }
    }
  }
  // A name inside a bar that has room for it.
  function named(pen, group, at, x, y, wide, tall) {
    if (wide < 44 || group.titles.length) return;
    const n = group.columns.find((column) => column[0] === "n");
    const text = n && n[2][at] !== null ? `${group.name} ${n[2][at]}` : group.name;
    pen.save();
    pen.font = `600 11px ${color("--mono")}`;
    if (pen.measureText(text).width < wide - 8) {
      pen.fillStyle = color("--sheet");
      pen.textAlign = "left";
      pen.textBaseline = "middle";
      pen.fillText(text, Math.max(x, 0) + 4, y + tall / 2 + 1);
    }
    pen.restore();
  }
  function axis(canvas, view) {
    const { pen, width, height } = open(canvas);
    if (!width) return;
    for (const [second, said] of ticks(view, Math.max(2, Math.floor(width / 95)))) {
      const x = ((second - view.lo) / (view.hi - view.lo)) * width;
      pen.strokeStyle = color("--quiet");
      pen.lineWidth = 1;
      pen.beginPath();
      pen.moveTo(Math.round(x) + 0.5, height - 6);
      pen.lineTo(Math.round(x) + 0.5, height);
      pen.stroke();
      words(pen, said, Math.min(Math.max(x, 1), width - 1), height - 10, x < 30 ? "left" : x > width - 30 ? "right" : "center");
    }
  }
  // The value at a second: the one that stands, or the nearest of the two around it.
  function valueAt(each, second) {
    const count = each.t.length;
    if (!count || second < each.t[0] || second > (each.hold ? Math.max(each.end, each.t[count - 1]) : each.t[count - 1])) return null;
    const next = first(each.t, second);
    if (next < count && each.t[next] === second) return each.v[next];
    if (each.hold) return each.v[next - 1];
    if (each.stick) return null;
    return second - each.t[next - 1] < each.t[next] - second ? each.v[next - 1] : each.v[next];
  }
  // What goes on at a second, or lies within ``near`` seconds of it: the one that is nearest.
  function eventAt(group, second, near) {
    let best = -1, distance = Infinity;
    for (let at = first(group.t, second - near - group.longest); at < group.t.length; at += 1) {
      if (group.t[at] > second + near) break;
      const away = Math.max(group.t[at] - second, second - group.t[at] - group.d[at], 0);
      if (away <= near && away <= distance) { best = at; distance = away; }
    }
    return best;
  }
  return { unpack, plot, lane, axis, fill, forget, figure, lasting, place, valueAt, eventAt };
})();
