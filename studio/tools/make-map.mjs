// make-map.mjs FOLDER: writes src/lib/world.json, the outlines of all countries for the statistics' map.
// FOLDER has the packages it is made with, whose outlines are Natural Earth's (public domain, naturalearthdata.com):
//   npm install --prefix FOLDER world-atlas@2.0.2 topojson-client@3.1.0 topojson-simplify@3.0.3 i18n-iso-countries@7.14.0
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const need = createRequire(path.resolve(process.argv[2], 'package.json'));
const { feature } = need('topojson-client');
const { presimplify, simplify } = need('topojson-simplify');
const countries = need('i18n-iso-countries');

/** Details smaller than this share of a square degree are left out, and so are islands, unless they're a country of their own. */
const kDetail = 0.06;
const kSmallestIsland = 1.2;
/** Countries that would hardly be visible get a dot as well. */
const kSmallestVisible = 14;
/** The map ends in the Bering Strait, where it cuts only islands. */
const kMiddle = 11;
const kWidth = 1000;
const kSouth = -56;
const kNorth = 84;
/** Without a code in the data: what geolocation databases call them. */
const kNamed = { Kosovo: 'XK', 'N. Cyprus': 'CY', Somaliland: 'SO' };
/** No one lives there, and it would take a fifth of the map. */
const kLeftOut = ['AQ'];

// Equal Earth (Šavrič, Patterson and Jenny 2018): areas are true to scale.
const [A1, A2, A3, A4] = [1.340264, -0.081106, 0.000893, 0.003796];
const M = Math.sqrt(3) / 2;
function projected([longitude, latitude]) {
  const l = Math.asin(M * Math.sin((latitude * Math.PI) / 180));
  const l2 = l * l, l6 = l2 * l2 * l2;
  return [((longitude - kMiddle) * Math.PI * Math.cos(l)) / 180 / (M * (A1 + 3 * A2 * l2 + l6 * (7 * A3 + 9 * A4 * l2))), l * (A1 + A2 * l2 + l6 * (A3 + A4 * l2))];
}
const scale = kWidth / (projected([kMiddle + 180, 0])[0] * 2);
const top = projected([0, kNorth])[1];
const place = (point) => {
  const [x, y] = projected(point);
  return [kWidth / 2 + x * scale, (top - y) * scale];
};
/** A ring as the parts of it that the map shows: one that leaves on one side comes in on the other. */
function cut(ring) {
  let turn = 0;
  const unrolled = ring.map(([longitude, latitude], index) => {
    if (index > 0 && longitude - ring[index - 1][0] > 180) turn -= 360;
    if (index > 0 && longitude - ring[index - 1][0] < -180) turn += 360;
    return [longitude + turn, latitude];
  });
  return [-360, 0, 360].map((shift) => {
    const shifted = unrolled.map(([longitude, latitude]) => [longitude + shift, latitude]);
    return clipped(clipped(shifted, kMiddle - 180, 1), kMiddle + 180, -1);
  }).filter((part) => part.length > 3);
}
/** What lies on one side of a meridian (Sutherland and Hodgman 1974). */
function clipped(ring, meridian, side) {
  const inside = ([longitude]) => (longitude - meridian) * side >= 0;
  const kept = [];
  for (let index = 1; index < ring.length; ++index) {
    const [a, b] = [ring[index - 1], ring[index]];
    if (inside(a) !== inside(b)) kept.push([meridian, a[1] + ((b[1] - a[1]) * (meridian - a[0])) / (b[0] - a[0])]);
    if (inside(b)) kept.push(b);
  }
  return kept.length ? [...kept, kept[0]] : [];
}
const area = (ring) => Math.abs(ring.reduce((sum, [x, y], index) => sum + x * ring[(index + 1) % ring.length][1] - ring[(index + 1) % ring.length][0] * y, 0) / 2);
const rounded = (value) => Math.round(value * 10) / 10;
/** As relative lines with one decimal place. */
function pathOf(ring) {
  let [x, y] = ring[0].map(rounded);
  let text = `M${x} ${y}l`;
  for (const point of ring.slice(1, -1)) {
    const [dx, dy] = [rounded(point[0] - x), rounded(point[1] - y)];
    if (!dx && !dy) continue;
    text += `${text.endsWith('l') || dx < 0 ? '' : ' '}${dx}${dy < 0 ? '' : ' '}${dy}`;
    x = rounded(x + dx);
    y = rounded(y + dy);
  }
  return text.replace(/0\./g, (match, at, all) => (/\d/.test(all[at - 1] ?? '') ? match : '.')) + 'z';
}
const codeOf = (one) => kNamed[one.properties.name] ?? countries.numericToAlpha2(one.id ?? '');
const polygonsOf = ({ geometry }) => (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates);

const atlas = JSON.parse(fs.readFileSync(need.resolve('world-atlas/countries-50m.json'), 'utf8'));
const simple = simplify(presimplify(atlas), kDetail);
const known = new Map();
for (const one of feature(simple, simple.objects.countries).features) {
  const code = codeOf(one);
  if (!code || kLeftOut.includes(code)) {
    console.error(`left out: ${one.properties.name}`);
    continue;
  }
  known.set(code, [...(known.get(code) ?? []), ...polygonsOf(one).flatMap((polygon) => polygon.flatMap(cut).map((ring) => ring.map(place)))]);
}
// The centre of what simplification left of a small country is that of its whole outline.
const whole = new Map();
for (const one of feature(atlas, atlas.objects.countries).features) {
  const code = codeOf(one);
  if (!known.has(code)) continue;
  whole.set(code, [whole.get(code) ?? [], ...polygonsOf(one).flatMap((polygon) => cut(polygon[0])).map((ring) => ring.map(place))].sort((a, b) => area(b) - area(a))[0]);
}
const shapes = [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, rings]) => {
  const sorted = rings.filter((ring) => ring.length > 3).sort((a, b) => area(b) - area(a));
  const kept = sorted.filter((ring, index) => (index === 0 && area(ring) > 0.05) || area(ring) >= kSmallestIsland);
  const total = kept.reduce((sum, ring) => sum + area(ring), 0);
  const shape = { code, path: kept.map(pathOf).join('') };
  if (total >= kSmallestVisible) return shape;
  const largest = whole.get(code);
  const middle = [0, 1].map((axis) => rounded((Math.min(...largest.map((point) => point[axis])) + Math.max(...largest.map((point) => point[axis]))) / 2));
  return { ...shape, dot: middle };
});
const height = Math.ceil((top - projected([0, kSouth])[1]) * scale);
const out = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../src/lib/world.json');
fs.writeFileSync(out, `{"width":${kWidth},"height":${height},"countries":[\n${shapes.map((shape) => JSON.stringify(shape)).join(',\n')}\n]}\n`);
console.log(`${shapes.length} countries, ${shapes.filter((shape) => shape.dot).length} with a dot, ${fs.statSync(out).size} bytes`);
