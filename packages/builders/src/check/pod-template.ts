/** A pod template: containers, volumes, and what refers to what. */
import type { Report } from '../builder-error.ts';
import type { V1Container, V1PodTemplateSpec, V1Volume } from '../gen/core/v1.ts';
import { checkContainer } from './container.ts';
import { checkDuplicates } from './duplicates.ts';
import { join } from './join.ts';
import { checkAnnotations, checkLabels } from './label-syntax.ts';
import { checkName, dnsLabel, subdomain } from './names.ts';
import { checkQuantity } from './resources.ts';

/** Where the template is, and the volumes that claim templates add to it. */
export interface PodTemplatePlace {
  readonly path: string;
  readonly claims: readonly string[];
}

/** Reports what the API refuses in the pods of any kind. */
export function checkPodTemplate(
  template: V1PodTemplateSpec,
  { path, claims }: PodTemplatePlace,
  report: Report,
): void {
  const spec = template.spec;
  const at = join(path, 'spec');
  if (path !== '') {
    checkLabels(template.metadata?.labels, join(path, 'metadata.labels'), report);
    checkAnnotations(template.metadata?.annotations, join(path, 'metadata.annotations'), report);
  }
  if ((spec?.containers ?? []).length === 0) report('MISSING_CALL', `${at}.containers`, 'call .container()');
  const lists = [
    ['initContainers', spec?.initContainers ?? []],
    ['containers', spec?.containers ?? []],
  ] as const;
  const seen = new Set<string>();
  for (const [list, containers] of lists) {
    for (const [index, container] of containers.entries()) {
      const place = `${at}.${list}[${index}]`;
      checkContainer(container, place, report);
      if (seen.has(container.name)) report('DUPLICATE', place, `container name "${container.name}" is already used`);
      seen.add(container.name);
    }
  }
  checkVolumes(spec?.volumes ?? [], `${at}.volumes`, report);
  const volumes = new Set([...(spec?.volumes ?? []).map((volume) => volume.name), ...claims]);
  for (const [list, containers] of lists) {
    for (const [index, container] of containers.entries()) {
      checkMounts(container, `${at}.${list}[${index}]`, volumes, report);
    }
  }
  checkPodReferences(template, at, report);
}

function checkVolumes(volumes: readonly V1Volume[], path: string, report: Report): void {
  for (const [index, volume] of volumes.entries()) {
    checkName(volume.name, dnsLabel, `${path}[${index}].name`, report);
    const limit = volume.emptyDir?.sizeLimit;
    if (limit !== undefined) checkQuantity(limit, `${path}[${index}].emptyDir.sizeLimit`, report);
  }
  checkDuplicates(volumes, (volume) => volume.name, 'volume name', path, report);
}

function checkMounts(container: V1Container, path: string, volumes: ReadonlySet<string>, report: Report): void {
  for (const field of ['volumeMounts', 'volumeDevices'] as const) {
    for (const [index, mount] of (container[field] ?? []).entries()) {
      if (volumes.has(mount.name)) continue;
      report('REFERENCE', `${path}.${field}[${index}].name`, `there is no volume "${mount.name}"; call .volume()`);
    }
  }
}

function checkPodReferences({ spec }: V1PodTemplateSpec, at: string, report: Report): void {
  const { serviceAccountName, priorityClassName, imagePullSecrets = [], nodeSelector } = spec ?? {};
  if (serviceAccountName !== undefined) checkName(serviceAccountName, subdomain, `${at}.serviceAccountName`, report);
  if (priorityClassName !== undefined) checkName(priorityClassName, subdomain, `${at}.priorityClassName`, report);
  for (const [index, { name }] of imagePullSecrets.entries()) {
    checkName(name, subdomain, `${at}.imagePullSecrets[${index}].name`, report);
  }
  checkLabels(nodeSelector, `${at}.nodeSelector`, report);
  const grace = spec?.terminationGracePeriodSeconds;
  if (grace !== undefined && grace < 0)
    report('RANGE', `${at}.terminationGracePeriodSeconds`, `${grace} must not be negative`);
}
