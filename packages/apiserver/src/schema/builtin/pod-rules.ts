/** Rules of pod specs and pod templates: containers, ports, environment, volumes, resources. */
import { isJsonObject, type JsonObject } from '../../store/kube-object.ts';
import type { FieldError } from '../field-error.ts';
import { duplicate, forbidden, invalidValue, notFound, notSupported, required } from '../field-errors.ts';
import { dns1123Label, dns1123Subdomain } from '../name-rules.ts';
import { annotationErrors, labelErrors } from '../object-meta-validation.ts';
import { compareQuantities, parseQuantity } from '../quantity.ts';
import type { JsonValue } from '../schema-node.ts';
import { objectAt, objectsAt, textAt } from './fill.ts';

export function nonNegative(value: JsonValue | undefined, path: string): FieldError[] {
  return typeof value === 'number' && value < 0
    ? [invalidValue(path, value, 'must be greater than or equal to 0')]
    : [];
}

export function oneOfTexts(value: JsonValue | undefined, path: string, supported: readonly string[]): FieldError[] {
  if (value === undefined || value === '') return [required(path)];
  return typeof value === 'string' && supported.includes(value) ? [] : [notSupported(path, value, supported)];
}

/** `claims` are the volumes that a StatefulSet's claim templates add to each pod. */
export function templateErrors(template: JsonObject, path: string, claims: readonly string[] = []): FieldError[] {
  const metadata = objectAt(template, 'metadata');
  return [
    ...labelErrors(metadata['labels'], `${path}.labels`),
    ...annotationErrors(metadata['annotations'], `${path}.annotations`),
    ...podSpecErrors(objectAt(template, 'spec'), `${path}.spec`, claims),
  ];
}

export function podSpecErrors(spec: JsonObject, path: string, claims: readonly string[] = []): FieldError[] {
  const volumes = new Set([...claims, ...objectsAt(spec, 'volumes').map((volume) => textAt(volume, 'name'))]);
  const errors = [
    ...volumeErrors(objectsAt(spec, 'volumes'), `${path}.volumes`),
    ...containerListErrors(spec, path, volumes),
    ...oneOfTexts(spec['restartPolicy'], `${path}.restartPolicy`, ['Always', 'OnFailure', 'Never']),
    ...oneOfTexts(spec['dnsPolicy'], `${path}.dnsPolicy`, [
      'ClusterFirstWithHostNet',
      'ClusterFirst',
      'Default',
      'None',
    ]),
    ...labelErrors(spec['nodeSelector'], `${path}.nodeSelector`),
    ...nonNegative(spec['terminationGracePeriodSeconds'], `${path}.terminationGracePeriodSeconds`),
  ];
  const account = textAt(spec, 'serviceAccountName');
  if (account !== '') {
    errors.push(
      ...dns1123Subdomain(account).map((problem) => invalidValue(`${path}.serviceAccountName`, account, problem)),
    );
  }
  const deadline = spec['activeDeadlineSeconds'];
  if (typeof deadline === 'number' && (deadline < 1 || deadline > 2 ** 31 - 1)) {
    const detail = `must be between 1 and ${2 ** 31 - 1}, inclusive`;
    errors.push(invalidValue(`${path}.activeDeadlineSeconds`, deadline, detail));
  }
  return errors;
}

function containerListErrors(spec: JsonObject, path: string, volumes: ReadonlySet<string>): FieldError[] {
  const containers = objectsAt(spec, 'containers');
  if (containers.length === 0) return [required(`${path}.containers`)];
  const seen = new Set<string>();
  const check = (list: JsonObject[], name: string): FieldError[] =>
    list.flatMap((container, index) => containerErrors(container, `${path}.${name}[${index}]`, volumes, seen));
  return [...check(containers, 'containers'), ...check(objectsAt(spec, 'initContainers'), 'initContainers')];
}

function containerErrors(
  container: JsonObject,
  path: string,
  volumes: ReadonlySet<string>,
  seen: Set<string>,
): FieldError[] {
  const image = textAt(container, 'image');
  const name = textAt(container, 'name');
  const errors = labelNameErrors(name, `${path}.name`);
  if (name !== '' && seen.has(name)) errors.push(duplicate(`${path}.name`, name));
  seen.add(name);
  if (image === '') errors.push(required(`${path}.image`));
  else if (image.trim() !== image) {
    errors.push(invalidValue(`${path}.image`, image, 'must not have leading or trailing whitespace'));
  }
  return [
    ...errors,
    ...portErrors(objectsAt(container, 'ports'), `${path}.ports`),
    ...environmentErrors(objectsAt(container, 'env'), `${path}.env`),
    ...mountErrors(objectsAt(container, 'volumeMounts'), `${path}.volumeMounts`, volumes),
    ...oneOfTexts(container['imagePullPolicy'], `${path}.imagePullPolicy`, ['Always', 'IfNotPresent', 'Never']),
    ...oneOfTexts(container['terminationMessagePolicy'], `${path}.terminationMessagePolicy`, [
      'FallbackToLogsOnError',
      'File',
    ]),
    ...resourceErrors(objectAt(container, 'resources'), `${path}.resources`),
    ...['livenessProbe', 'readinessProbe', 'startupProbe'].flatMap((probe) =>
      probeErrors(container[probe], `${path}.${probe}`),
    ),
  ];
}

function labelNameErrors(name: string, path: string): FieldError[] {
  if (name === '') return [required(path)];
  return dns1123Label(name).map((problem) => invalidValue(path, name, problem));
}

function portNumberErrors(port: JsonValue | undefined, path: string): FieldError[] {
  if (typeof port !== 'number' || (port >= 1 && port <= 65_535)) return [];
  return [invalidValue(path, port, 'must be between 1 and 65535, inclusive')];
}

function portErrors(ports: readonly JsonObject[], path: string): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap((port, index) => {
    const at = `${path}[${index}]`;
    const name = textAt(port, 'name');
    const errors = name === '' ? [] : portNameErrors(name, `${at}.name`);
    if (name !== '' && names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    if ((port['containerPort'] ?? 0) === 0) errors.push(required(`${at}.containerPort`));
    else errors.push(...portNumberErrors(port['containerPort'], `${at}.containerPort`));
    if (port['hostPort'] !== undefined) errors.push(...portNumberErrors(port['hostPort'], `${at}.hostPort`));
    return [...errors, ...oneOfTexts(port['protocol'], `${at}.protocol`, ['SCTP', 'TCP', 'UDP'])];
  });
}

/** Port names: up to 15 lower-case letters, digits and single hyphens, with a letter among them. */
export function portNameErrors(name: string, path: string): FieldError[] {
  const problems: string[] = [];
  if (name.length > 15) problems.push('must be no more than 15 characters');
  if (!/^[-a-z0-9]+$/.test(name)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(name)) problems.push('must contain at least one letter (a-z)');
  if (name.includes('--')) problems.push('must not contain consecutive hyphens');
  if (name.startsWith('-') || name.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems.map((problem) => invalidValue(path, name, problem));
}

function environmentErrors(variables: readonly JsonObject[], path: string): FieldError[] {
  return variables.flatMap((variable, index) => {
    const name = textAt(variable, 'name');
    const at = `${path}[${index}]`;
    if (name === '') return [required(`${at}.name`)];
    if (!/^[ -<>-~]+$/.test(name)) {
      const detail = "a valid environment variable name must consist only of printable ASCII characters other than '='";
      return [
        invalidValue(
          `${at}.name`,
          name,
          `${detail} (e.g. 'my-name',  or 'MY_NAME',  or 'MyName1', regex used for validation is '^[ -<>-~]+$')`,
        ),
      ];
    }
    const source = variable['valueFrom'];
    if (!isJsonObject(source)) return [];
    const count = Object.keys(source).length;
    const sourceAt = `${at}.valueFrom`;
    if (count === 0)
      return [
        invalidValue(
          sourceAt,
          '',
          'must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`',
        ),
      ];
    if (textAt(variable, 'value') !== '') {
      return [invalidValue(sourceAt, '', 'may not be specified when `value` is not empty')];
    }
    return count > 1 ? [invalidValue(sourceAt, '', 'may not have more than one field specified at a time')] : [];
  });
}

function mountErrors(mounts: readonly JsonObject[], path: string, volumes: ReadonlySet<string>): FieldError[] {
  const paths = new Set<string>();
  return mounts.flatMap((mount, index) => {
    const at = `${path}[${index}]`;
    const errors: FieldError[] = [];
    const name = textAt(mount, 'name');
    if (name === '') errors.push(required(`${at}.name`));
    else if (!volumes.has(name)) errors.push(notFound(`${at}.name`, name));
    const mountPath = textAt(mount, 'mountPath');
    if (mountPath === '') errors.push(required(`${at}.mountPath`));
    else if (paths.has(mountPath)) errors.push(invalidValue(`${at}.mountPath`, mountPath, 'must be unique'));
    paths.add(mountPath);
    return errors;
  });
}

function resourceErrors(resources: JsonObject, path: string): FieldError[] {
  const limits = objectAt(resources, 'limits');
  return Object.entries(objectAt(resources, 'requests')).flatMap(([name, request]) => {
    const limit = limits[name];
    const [asked, allowed] = [request, limit].map((value) =>
      typeof value === 'string' ? parseQuantity(value) : undefined,
    );
    if (asked !== undefined && asked.amount < 0n) {
      return [invalidValue(`${path}.requests[${name}]`, request, 'must be greater than or equal to 0')];
    }
    if (asked === undefined || allowed === undefined || compareQuantities(asked, allowed) <= 0) return [];
    const detail = `must be less than or equal to ${name} limit of ${typeof limit === 'string' ? limit : ''}`;
    return [invalidValue(`${path}.requests`, request, detail)];
  });
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc'];

function probeErrors(probe: JsonValue | undefined, path: string): FieldError[] {
  if (!isJsonObject(probe)) return [];
  const given = handlers.filter((handler) => isJsonObject(probe[handler]));
  const errors: FieldError[] = [];
  if (given.length === 0) errors.push(required(path, 'must specify a handler type'));
  for (const extra of given.slice(1)) {
    errors.push(forbidden(`${path}.${extra}`, 'may not specify more than 1 handler type'));
  }
  const counts = ['initialDelaySeconds', 'timeoutSeconds', 'periodSeconds', 'successThreshold', 'failureThreshold'];
  return [...errors, ...counts.flatMap((name) => nonNegative(probe[name], `${path}.${name}`))];
}

function volumeErrors(volumes: readonly JsonObject[], path: string): FieldError[] {
  const seen = new Set<string>();
  return volumes.flatMap((volume, index) => {
    const at = `${path}[${index}]`;
    const name = textAt(volume, 'name');
    const sources = Object.keys(volume).filter((key) => key !== 'name');
    const errors = labelNameErrors(name, `${at}.name`);
    if (seen.has(name)) errors.push(duplicate(`${at}.name`, name));
    seen.add(name);
    if (sources.length === 0) errors.push(required(at, 'must specify a volume type'));
    for (const extra of sources.slice(1)) {
      errors.push(forbidden(`${at}.${extra}`, 'may not specify more than 1 volume type'));
    }
    return errors;
  });
}
