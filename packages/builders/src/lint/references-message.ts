/** How the `missing-…` rules speak. */

/** Names what is missing and the two ways out. */
export function missing(kind: string, name: string): string {
  return `there is no ${kind} ${name} in this namespace; add it or declare '${kind}/${name}' external`;
}
