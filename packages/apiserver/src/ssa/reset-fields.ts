/**
 * Top-level fields an endpoint ignores in what clients send, and therefore gives to nobody: the status on the main
 * resource of a kind with a status subresource, everything but the status on `/status`.
 */
export function isResetField(
  field: string,
  endpoint: { readonly subresource: string; readonly hasStatus: boolean },
): boolean {
  if (endpoint.subresource === 'status') {
    return field !== 'status';
  }
  return endpoint.subresource === '' && endpoint.hasStatus && field === 'status';
}
