/** The lint rules: their names, default severities, and what one finds. */

/** How serious a finding is; `off` silences the rule. */
export type LintSeverity = 'off' | 'warn' | 'error';

/** Name of a rule. Names are API. */
export type LintRule =
  | 'missing-service'
  | 'missing-config-map'
  | 'missing-secret'
  | 'missing-claim'
  | 'missing-role'
  | 'missing-service-account'
  | 'missing-scale-target'
  | 'missing-namespace'
  | 'service-selects-nothing'
  | 'service-port-target'
  | 'replicas-with-autoscaler'
  | 'autoscaler-range'
  | 'budget-selects-nothing'
  | 'crd-invalid'
  | 'network-policy-selects-nothing'
  | 'image-tag'
  | 'stateful-set-name'
  | 'crd-advice'
  | 'require-probe'
  | 'require-resources'
  | 'require-security-context'
  | 'require-port-name'
  | 'pod-security-restricted';

/** Default severity per rule. */
export const DEFAULT_SEVERITIES: Readonly<Record<LintRule, LintSeverity>> = {
  'missing-service': 'error',
  'missing-config-map': 'error',
  'missing-secret': 'error',
  'missing-claim': 'error',
  'missing-role': 'error',
  'missing-service-account': 'error',
  'missing-scale-target': 'error',
  'missing-namespace': 'error',
  'service-selects-nothing': 'error',
  'service-port-target': 'error',
  'replicas-with-autoscaler': 'error',
  'autoscaler-range': 'error',
  'budget-selects-nothing': 'error',
  'crd-invalid': 'error',
  'network-policy-selects-nothing': 'warn',
  'image-tag': 'warn',
  'stateful-set-name': 'warn',
  'crd-advice': 'warn',
  'require-probe': 'off',
  'require-resources': 'off',
  'require-security-context': 'off',
  'require-port-name': 'off',
  'pod-security-restricted': 'off',
};

/** Takes what a rule found in the object at hand. */
export type ReportFinding = (rule: LintRule, path: string, message: string) => void;
