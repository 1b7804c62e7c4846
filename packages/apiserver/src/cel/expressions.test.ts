import { describe, expect, it } from 'vitest';
import type { CelType } from './cel-type.ts';
import { CelTimestamp, type CelValue } from './cel-value.ts';
import { checkExpression } from './check-expression.ts';
import { CostMeter } from './cost-meter.ts';
import { compileSteps } from './evaluate.ts';
import { parseExpression } from './parse-expression.ts';

const string: CelType = { kind: 'string' };
const selfType: CelType = {
  kind: 'object',
  name: 'self',
  fields: new Map<string, CelType>([
    ['replicas', { kind: 'int' }],
    ['ratio', { kind: 'double' }],
    ['name', string],
    ['tags', { kind: 'list', item: string }],
    ['labels', { kind: 'map', key: string, value: string }],
    ['port', { kind: 'dyn' }],
    ['missing', string],
    ['at', { kind: 'timestamp' }],
    ['at_', { kind: 'timestamp' }],
    ['__namespace__', string],
  ]),
};
const self: CelValue = new Map<string, CelValue>([
  ['replicas', 3n],
  ['ratio', 0.5],
  ['name', 'web-1'],
  ['tags', ['a', 'b', 'c']],
  ['labels', new Map([['app.kubernetes.io/name', 'x']])],
  ['port', 'http'],
  ['at_', new CelTimestamp(0n)],
  ['__namespace__', 'prod'],
]);

function evaluate(source: string): CelValue {
  const checked = checkExpression(source, parseExpression(source), new Map([['self', selfType]]));
  return compileSteps(checked)(new Map([['self', self]]), new CostMeter(100_000));
}

const holds = (...rules: string[]): [string][] => rules.map((rule) => [rule]);

describe('expressions that hold', () => {
  it.each(
    holds(
      '1 + 2 * 3 == 7',
      '-7 / 2 == -3 && -7 % 2 == -1',
      '0x10 == 16 && 1u + 2u == 3u',
      '2 < 2.5 && 3u > 2 && 1.0 <= 1',
      '"a" + "b" == "ab" && b"a" + b"b" == b"ab"',
      `'it\\'s' == "it's" && '''a"b''' == "a\\"b"`,
      String.raw`"\u00e9\x41\101\n" == "éAA" + r"` + '" + "\\n"',
      '!(true && false) || false',
      '(1 / 0 == 1) || true',
      '!((1 / 0 == 1) && false)',
      'true ? self.replicas == 3 : 1 / 0 == 1',
      '"b" in self.tags && !("z" in self.tags)',
      '"app.kubernetes.io/name" in self.labels && self.labels["app.kubernetes.io/name"] == "x"',
      'self.tags[1] == "b" && size(self.tags) == 3 && self.name.size() == 5',
      '[1, 2] + [3] == [1, 2, 3] && {"a": 1, "b": 2} == {"b": 2, "a": 1} && {"a": 1}.a == 1',
      'has(self.name) && !has(self.missing)',
      'self.__namespace__ == "prod"',
      'type(self.port) == string && self.port == "http" && self.port != 80',
      'type(1) == int && type(1.0) == double && type(null) == null_type && type([]) == list',
      'dyn(1) == 1.0 && dyn(1) != "1"',
      '!(dyn(9223372036854775807) < 9223372036854775808.0) && dyn(9007199254740993) == 9007199254740992.0',
      '0x1FU == 31u && {"none": optional.none()}.size() == 1 && has({"none": optional.none()}.none)',
      'self.namespace == "prod" && has(self.namespace)',
      'type(ip("::1")) == net.IP && type(duration("1s")) == google.protobuf.Duration && type(self.at_) == google.protobuf.Timestamp',
    ),
  )('%s', (rule) => expect(evaluate(rule)).toBe(true));
});

describe('macros', () => {
  it.each(
    holds(
      'self.tags.all(t, t.size() == 1) && !self.tags.all(t, t == "a")',
      'self.tags.exists(t, t == "c") && !self.tags.exists(t, t == "z")',
      'self.tags.exists_one(t, t == "a")',
      'self.tags.map(t, t + "!") == ["a!", "b!", "c!"] && self.tags.map(t, t != "b", t) == ["a", "c"]',
      'self.tags.filter(t, t > "a") == ["b", "c"]',
      'self.labels.all(k, k.contains("/")) && self.labels.exists(k, self.labels[k] == "x")',
      '[1, 0, 2].exists(n, 4 / n == 2) && ![1, 0].all(n, 1 / n == 5)',
      '[[1, 2], [3]].map(l, l.map(n, n * 2)) == [[2, 4], [6]]',
      '[1, 2].map(x, [3, 4].map(y, x * y)) == [[3, 4], [6, 8]]',
      'self.tags.all(i, t, t == self.tags[i]) && self.labels.exists(k, v, v == "x")',
      'self.tags.transformList(i, t, i > 0, t) == ["b", "c"]',
      '{"a": 1, "b": 2}.transformMap(k, v, v > 1, v * 10) == {"b": 20}',
      '{"a": "x"}.transformMapEntry(k, v, {v: k}) == {"x": "a"}',
      '[has(self.name), has(self.missing)].filter(set, set).size() == 1',
    ),
  )('%s', (rule) => expect(evaluate(rule)).toBe(true));
});

describe('libraries', () => {
  it.each(
    holds(
      '"hello".contains("ell") && "hello".startsWith("he") && "hello".endsWith("lo")',
      '"héllo".size() == 5 && "héllo".indexOf("l") == 2 && "hello".lastIndexOf("l") == 3 && "abc".indexOf("z") == -1',
      '"a,b,c".split(",") == ["a", "b", "c"] && "a,b,c".split(",", 2) == ["a", "b,c"]',
      '["a", "b"].join("-") == "a-b" && "abc".replace("b", "x") == "axc" && "aaa".replace("a", "b", 2) == "bba"',
      '"AbC".lowerAscii() == "abc" && "AbC".upperAscii() == "ABC" && " x ".trim() == "x"',
      '"abcd".substring(1, 3) == "bc" && "abcd".charAt(2) == "c" && "abcd".substring(2) == "cd"',
      '"%s=%d %.2f %x %s".format(["a", 5, 1.5, 255, [1, 2]]) == "a=5 1.50 ff [1, 2]"',
      String.raw`"%s %s".format([["a\"b"], {"k": 1.5}]) == "[\"a\\\"b\"] {\"k\":1.500000}"`,
      '"%s %s".format([[duration("1m")], [timestamp("2024-01-01T00:00:00Z")]]) == "[duration(\\"60s\\")] [timestamp(\\"2024-01-01T00:00:00Z\\")]"',
      '"%.0f %.0f %.2f".format([0.5, 2.5, -1234567.005]) == "0 2 -1,234,567.00" && "%.1f".format([1e22]).size() == 32',
      '"%e %.1e".format([31.4, 0.00002]) == "3.140000×10⁰¹ 2.0×10⁻⁰⁵" && "%f".format([double("inf")]) == "∞"',
      'string(1000000.0) == "1e+06" && string(123456.5) == "123456.5" && string(0.00001) == "1e-05" && string(-0.0) == "-0"',
      String.raw`strings.quote("bell\a \v é\"") == "\"bell\\a \\v é\\\"\""`,
      String.raw`"\u0085\u00a0x\u2003".trim() == "x" && "\ufeffx".trim().size() == 2`,
      'self.name.matches("^web-[0-9]+$") && !"x".matches("^(a+)+$")',
      '"a1b22".find("[0-9]+") == "1" && "a1b22".findAll("[0-9]+") == ["1", "22"] && "a1b2".findAll("[0-9]", 1) == ["1"]',
      'int("42") == 42 && string(1.5) == "1.5" && double("0.5") == 0.5 && bool("true") && uint(3) == 3u',
      '[1, 2, 3].sum() == 6 && [3, 1].min() == 1 && ["a", "b"].max() == "b" && [1, 2].isSorted() && [1, 2, 1].lastIndexOf(1) == 2',
      '[1, 2, 3, 4].slice(1, 3) == [2, 3] && [1, 2].reverse() == [2, 1] && lists.range(3) == [0, 1, 2] && lists.range(-1) == []',
      '[3, 1, 2].sort() == [1, 2, 3] && ["b", "a"].sort() == ["a", "b"] && [1, 2, 1].distinct() == [1, 2]',
      '[[2, 0], [2, 1], [1, 2]].sortBy(e, e[0]) == [[1, 2], [2, 0], [2, 1]]',
      '[[1], [2, 3]].flatten() == [1, 2, 3] && [[[1]], [[2]]].flatten(2) == [1, 2] && dyn([1, 2]).flatten() == [1, 2]',
      'duration("1h2m3.004s").getMilliseconds() == 3723004 && duration("90m").getHours() == 1',
      'optional.ofNonZeroValue(0u) == optional.none() && optional.ofNonZeroValue(duration("0s")) == optional.none()',
      'duration("1h30m") > duration("89m") && duration("90s").getMinutes() == 1 && string(duration("1m")) == "60s"',
      'timestamp("2024-02-29T12:00:00Z").getMonth() == 1 && timestamp("2024-02-29T12:00:00Z").getDayOfMonth() == 28',
      'timestamp("2024-01-01T00:00:00Z") + duration("24h") == timestamp("2024-01-02T00:00:00Z")',
      'timestamp("2024-01-01T23:00:00Z").getHours("+02:00") == 1 && timestamp("2024-06-01T12:00:00Z").getHours("Europe/Berlin") == 14',
      'quantity("1Gi").isGreaterThan(quantity("1G")) && quantity("0.5") == quantity("500m") && quantity("1k").asInteger() == 1000',
      'isQuantity("1Mi") && !isQuantity("1 Mi") && quantity("1").add(2).sub(quantity("500m")).compareTo(quantity("2500m")) == 0',
      'isIP("10.0.0.1") && ip("fe80::1").isLinkLocalUnicast() && !isIP("010.0.0.1") && ip("::1").family() == 6',
      'ip.isCanonical("::1") && !ip.isCanonical("0:0::1") && string(ip("0:0:0:0:0:0:0:1")) == "::1"',
      'cidr("10.0.0.0/8").containsIP("10.1.2.3") && cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && !isCIDR("10.0.0.0/33")',
      'cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8") && cidr("10.0.0.0/8").prefixLength() == 8',
      'url("https://a.example:8443/p/q?x=1&x=2").getHost() == "a.example:8443" && url("https://a.example/p").getPort() == ""',
      'url("https://a.example/p/q?x=1&x=2").getQuery() == {"x": ["1", "2"]} && url("https://a/b").getEscapedPath() == "/b"',
      'url("https://u:p@A.example:80/a b?k+1=v%201#top").getHost() == "A.example:80" && url("https://[::1]:8/").getHostname() == "::1"',
      'url("https://a/b c%2Fd").getEscapedPath() == "/b%20c/d" && url("https://a/%2F").getEscapedPath() == "/%2F" && url("https://a").getEscapedPath() == "" && url("/p").getHost() == ""',
      'url("https://a/?k+1=v%201&k+1=&x").getQuery() == {"k 1": ["v 1", ""], "x": [""]} && url("https://a?").getQuery().size() == 0',
      '!isURL("a/b") && !isURL("https://a:port/") && !isURL("https://a b/") && !isURL("https://a/%zz") && isURL("mailto:x@y")',
      '!isIP("::ffff:10.0.0.1") && !isIP("::ffff:a00:1") && ip("64:ff9b::10.0.0.1") == ip("64:ff9b::a00:1")',
      'isURL("https://a") && !isURL("a b") && url("/x/y").getScheme() == ""',
      'sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 5])',
      '!format.dns1123Label().validate("web-1").hasValue() && format.named("dns1123Label").value().validate("A").value().size() == 1',
      'semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0-rc.1").isLessThan(semver("1.0.0")) && isSemver("v1.0", true)',
      'self.?missing.orValue("none") == "none" && self.?name.hasValue() && !self.?missing.hasValue()',
      'self.?name.optMap(n, n + "!").value() == "web-1!" && optional.none().or(optional.of(1)).value() == 1',
      'self.labels[?"nope"].orValue("d") == "d" && [?self.?missing, "x"] == ["x"]',
    ),
  )('%s', (rule) => expect(evaluate(rule)).toBe(true));
});

describe('problems at run time', () => {
  it.each([
    ['1 / 0 == 1', 'division by zero'],
    ['1 % 0 == 1', 'modulus by zero'],
    ['-9223372036854775808 % -1 == 0', 'integer overflow'],
    ['int(-9223372036854775808.0) < 0', 'integer overflow'],
    ['uint(-0.5) == 0u', 'unsigned integer overflow'],
    ['[18446744073709551615u, 1u].sum() == 0u', 'unsigned integer overflow'],
    ['timestamp("9999-01-01T00:00:00Z") - timestamp("0001-01-01T00:00:00Z") > duration("1s")', 'integer overflow'],
    ['timestamp(self.name) > timestamp("2024-01-01T00:00:00Z")', 'no RFC 3339 timestamp'],
    ['timestamp("2023-02-2" + "9T00:00:00Z") == self.at_', 'no RFC 3339 timestamp'],
    ['[1, 2].slice(1, 3) == []', 'cannot slice(1, 3), list is length 2'],
    ['[1, 2].slice(-1, 1) == []', 'cannot slice(-1, 1), negative indexes not supported'],
    ['[[1]].flatten(-1) == []', 'level must be non-negative'],
    ['"%f".format([1]) == ""', "%f can't format values of type int"],
    ['9223372036854775807 + 1 > 0', 'integer overflow'],
    ['self.missing == "x"', 'no such key: missing'],
    ['self.labels["nope"] == "x"', 'no such key: nope'],
    ['self.tags[7] == "x"', 'index out of bounds: 7'],
    ['self.port > 5', 'no such overload'],
    ['self.port ? true : false', 'no such overload'],
    ['quantity(self.name).isInteger()', 'quantities must match the regular expression'],
    ['optional.none().value() == 1', 'optional.none() dereference'],
    ['"%d".format(["x"]) == ""', "can't format values of type string"],
  ])('%s: %s', (rule, message) => expect(() => evaluate(rule)).toThrow(message));
});

describe('problems of the text, in cel-go words', () => {
  it.each([
    ['self.nope > 1', "<input>:1:5: undefined field 'nope'\n | self.nope > 1\n | ....^"],
    ['size(', "<input>:1:6: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', ')', '.', '-', '!'"],
    ['this does', "<input>:1:6: Syntax error: mismatched input 'does' expecting <EOF>\n | this does\n | .....^"],
    ['other > 1', "<input>:1:1: undeclared reference to 'other' (in container '')"],
    ['self.name > 1', "<input>:1:11: found no matching overload for '_>_' applied to '(string, int)'"],
    ['self.name.sizes()', "<input>:1:16: undeclared reference to 'sizes' (in container '')"],
    ['self.replicas.size() == 1', "found no matching overload for 'size' applied to 'int.()'"],
    ['self.name.x == 1', "<input>:1:10: type 'string' does not support field selection"],
    ['self.replicas.all(x, true)', "expression of type 'int' cannot be range of a comprehension"],
    ['[1, "a"].size() == 2', "<input>:1:5: expected type 'int' but found 'string'"],
    ['self.name.matches("(")', '<input>:1:19: invalid matches argument'],
    ['self.name.find("(") == ""', 'invalid find argument'],
    ['has(self)', 'invalid argument to has() macro'],
    ['self.name == "a\n', "Syntax error: token recognition error at: '\"'"],
    ['self.ratio == self.replicas', "found no matching overload for '_==_' applied to '(double, int)'"],
    [`${'('.repeat(300)}1${')'.repeat(300)} == 1`, 'expression recursion limit exceeded: 250'],
    [`1${' + 1'.repeat(400)} == 1`, 'expression recursion limit exceeded: 250'],
    ['x'.repeat(100_001), 'expression code point size exceeds limit: size: 100001, limit 100000'],
  ])('%s', (source, message) => expect(() => evaluate(source)).toThrow(message));

  it('counts lines and shows the one concerned', () => {
    expect(() => evaluate('self.replicas > 1 &&\n  self.nope > 1')).toThrow(
      "<input>:2:7: undefined field 'nope'\n |   self.nope > 1\n | ......^",
    );
  });
});

describe('bounds', () => {
  it('long chains of alternatives are no nesting', () => {
    expect(evaluate(Array.from({ length: 5000 }, () => 'false').join(' || '))).toBe(false);
  });

  it('an evaluation that costs too much stops, whatever surrounds it', () => {
    const loop = `[${'1,'.repeat(900)}]`;
    const nested = `true || ${loop}.all(x, ${loop}.all(y, ${loop}.all(z, x + y + z > 0)))`;
    expect(evaluate(nested)).toBe(true);
    const decided = `${loop}.all(x, ${loop}.all(y, x + y > 0)) || true`;
    expect(() => evaluate('lists.range(9223372036854775807).size() > 0')).toThrow('actual cost limit exceeded');
    expect(() => evaluate(decided)).toThrow('operation cancelled: actual cost limit exceeded');
  });
});
