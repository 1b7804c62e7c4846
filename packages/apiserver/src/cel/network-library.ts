/**
 * Addresses, networks and URLs in rules.
 *
 * @see https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library
 */
import { CelError } from './cel-error.ts';
import { CelOpaque } from './cel-value.ts';
import {
  formatIp,
  formatNetwork,
  holdsIp,
  holdsNetwork,
  inNetwork,
  type IpAddress,
  type IpNetwork,
  masked,
  parseIp,
  parseNetwork,
} from './ip-address.ts';
import { LibraryBuilder, perCharacter, type Sizes, traversal } from './overload.ts';
import { hostName, parseRequestUri, portOf, type RequestUri } from './request-uri.ts';

export const networkLibrary: LibraryBuilder = new LibraryBuilder();

const ipType = 'net.IP';
const cidrType = 'net.CIDR';
const urlType = 'kubernetes.URL';
const parsing = { cost: traversal(0) };
const holding = { cost: (sizes: Sizes): number => 4 + Math.ceil(sizes.size(1) * perCharacter) };

function ipOf(text: string): CelOpaque {
  const ip = parseIp(text);
  if (ip === undefined)
    throw new CelError(`IP Address ${JSON.stringify(text)} parse error during conversion from string`);
  return wrapIp(ip);
}

function wrapIp(ip: IpAddress): CelOpaque {
  return new CelOpaque(ipType, formatIp(ip), ip);
}

function cidrOf(text: string): CelOpaque {
  const network = parseNetwork(text);
  if (network === undefined) throw new CelError(`network address parse error during conversion from string: ${text}`);
  return wrapCidr(network);
}

function wrapCidr(network: IpNetwork): CelOpaque {
  return new CelOpaque(cidrType, formatNetwork(network), network);
}

const ip = (value: CelOpaque): IpAddress => value.content as IpAddress;
const cidr = (value: CelOpaque): IpNetwork => value.content as IpNetwork;
const within =
  (four: string, six: string) =>
  (value: CelOpaque): boolean =>
    inNetwork(ip(value), ip(value).family === 4 ? four : six);

const isLoopback = within('127.0.0.0/8', '::1/128');
const isUnspecified = within('0.0.0.0/32', '::/128');
const isMulticast = within('224.0.0.0/4', 'ff00::/8');
const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10');

networkLibrary
  .define(`ip(string): ${ipType}`, ipOf, parsing)
  .define('isIP(string): bool', (text: string) => parseIp(text) !== undefined, parsing)
  .define('ip.isCanonical(string): bool', (text: string) => ipOf(text).key === text, {
    cost: traversal(0, 2 * perCharacter),
  })
  .define(`string(${ipType}): string`, (value: CelOpaque) => value.key)
  .define(`[${ipType}].family(): int`, (value: CelOpaque) => BigInt(ip(value).family))
  .define(`[${ipType}].isUnspecified(): bool`, isUnspecified)
  .define(`[${ipType}].isLoopback(): bool`, isLoopback)
  .define(`[${ipType}].isLinkLocalUnicast(): bool`, isLinkLocalUnicast)
  .define(`[${ipType}].isLinkLocalMulticast(): bool`, within('224.0.0.0/24', 'ff02::/16'))
  .define(`[${ipType}].isGlobalUnicast(): bool`, (value: CelOpaque) => {
    const special = [isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast].some((test) => test(value));
    return !special && value.key !== '255.255.255.255';
  });

networkLibrary
  .define(`cidr(string): ${cidrType}`, cidrOf, parsing)
  .define('isCIDR(string): bool', (text: string) => parseNetwork(text) !== undefined, parsing)
  .define(`string(${cidrType}): string`, (value: CelOpaque) => value.key)
  .define(`[${cidrType}].ip(): ${ipType}`, (value: CelOpaque) => wrapIp(cidr(value).address))
  .define(`[${cidrType}].masked(): ${cidrType}`, (value: CelOpaque) => wrapCidr(masked(cidr(value))))
  .define(`[${cidrType}].prefixLength(): int`, (value: CelOpaque) => BigInt(cidr(value).prefix))
  .define(`[${cidrType}].containsIP(${ipType}): bool`, (a: CelOpaque, b: CelOpaque) => holdsIp(cidr(a), ip(b)), {
    cost: () => 4,
  })
  .define(`[${cidrType}].containsIP(string): bool`, (a: CelOpaque, b: string) => holdsIp(cidr(a), ip(ipOf(b))), holding)
  .define(
    `[${cidrType}].containsCIDR(${cidrType}): bool`,
    (a: CelOpaque, b: CelOpaque) => holdsNetwork(cidr(a), cidr(b)),
    {
      cost: () => 7,
    },
  )
  .define(
    `[${cidrType}].containsCIDR(string): bool`,
    (a: CelOpaque, b: string) => holdsNetwork(cidr(a), cidr(cidrOf(b))),
    holding,
  );

function urlOf(text: string): CelOpaque {
  const uri = parseRequestUri(text);
  if (uri === undefined)
    throw new CelError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return new CelOpaque(urlType, text, uri);
}

const uri = (value: CelOpaque): RequestUri => value.content as RequestUri;

networkLibrary
  .define(`url(string): ${urlType}`, urlOf, parsing)
  .define('isURL(string): bool', (text: string) => parseRequestUri(text) !== undefined, parsing)
  .define(`[${urlType}].getScheme(): string`, (value: CelOpaque) => uri(value).scheme)
  .define(`[${urlType}].getHost(): string`, (value: CelOpaque) => uri(value).host)
  .define(`[${urlType}].getHostname(): string`, (value: CelOpaque) => hostName(uri(value).host))
  .define(`[${urlType}].getPort(): string`, (value: CelOpaque) => portOf(uri(value).host))
  .define(`[${urlType}].getEscapedPath(): string`, (value: CelOpaque) => uri(value).escapedPath)
  .define(`[${urlType}].getQuery(): map(string, list(string))`, (value: CelOpaque) => uri(value).query);
