/**
 * What the Kubernetes API's types are beyond client-node's models: merge keys, sets, atomic parts, quantities, and how
 * Go writes absent values. Facts of the public API of Kubernetes 1.36.
 *
 * Every table is text: a line names a type as `package.Type` (`package/v2.Type` where the version isn't v1), a colon,
 * and its fields. A type may take several lines. The generator refuses lines that name nothing.
 *
 * Not here: the resources themselves; see `packages/apiserver/src/schema/builtin-resource-table.ts`.
 */

/** Associative lists: key fields, then type and fields. */
export const mapLists = `
  name core.PodSpec: containers initContainers ephemeralContainers volumes imagePullSecrets resourceClaims schedulingGates
  name core.Container: env
  name core.EphemeralContainer: env
  name core.PodStatus: resourceClaimStatuses
  name core.ContainerStatus: allocatedResourcesStatus
  name core.ResourceRequirements: claims
  name core.ServiceAccount: secrets
  name storage.CSINodeSpec: drivers
  name admissionregistration.MutatingWebhookConfiguration: webhooks
  name admissionregistration.ValidatingWebhookConfiguration: webhooks
  name admissionregistration.MutatingWebhook: matchConditions
  name admissionregistration.ValidatingWebhook: matchConditions
  name admissionregistration.MutatingAdmissionPolicySpec: matchConditions
  name admissionregistration.ValidatingAdmissionPolicySpec: matchConditions variables
  type core.NodeStatus: addresses conditions
  type core.ComponentStatus: conditions
  type core.NamespaceStatus: conditions
  type core.PersistentVolumeClaimStatus: conditions
  type core.PodStatus: conditions
  type core.ReplicationControllerStatus: conditions
  type core.ServiceStatus: conditions
  type apps.DaemonSetStatus: conditions
  type apps.DeploymentStatus: conditions
  type apps.ReplicaSetStatus: conditions
  type apps.StatefulSetStatus: conditions
  type autoscaling/v2.HorizontalPodAutoscalerStatus: conditions
  type certificates.CertificateSigningRequestStatus: conditions
  type networking.ServiceCIDRStatus: conditions
  type policy.PodDisruptionBudgetStatus: conditions
  type admissionregistration.ValidatingAdmissionPolicyStatus: conditions
  type apiextensions.CustomResourceDefinitionStatus: conditions
  type apiregistration.APIServiceStatus: conditions
  type resource.AllocatedDeviceStatus: conditions
  type flowcontrol.FlowSchemaStatus: conditions
  type flowcontrol.PriorityLevelConfigurationStatus: conditions
  uid meta.ObjectMeta: ownerReferences
  uid resource.ResourceClaimStatus: reservedFor
  mountPath core.Container: volumeMounts
  mountPath core.EphemeralContainer: volumeMounts
  mountPath core.ContainerStatus: volumeMounts
  devicePath core.Container: volumeDevices
  devicePath core.EphemeralContainer: volumeDevices
  ip core.PodSpec: hostAliases
  ip core.PodStatus: podIPs
  containerPort,protocol core.Container: ports
  containerPort,protocol core.EphemeralContainer: ports
  port,protocol core.ServiceSpec: ports
  topologyKey,whenUnsatisfiable core.PodSpec: topologySpreadConstraints
  resourceID core.ResourceStatus: resources
  driver,device,pool,shareID resource.ResourceClaimStatus: devices
  rule apiextensions.JSONSchemaProps: x-kubernetes-validations
`;

/** Lists of unique scalars. Every list named neither here nor above is atomic. */
export const setLists = `
  meta.ObjectMeta: finalizers
  core.NodeSpec: podCIDRs
  core.ContainerRestartRuleOnExitCodes: values
  core.NodeAllocatableResourceClaimStatus: containers
  batch.PodFailurePolicyOnExitCodesRequirement: values
  batch.UncountedTerminatedPods: succeeded failed
  storage.CSIDriverSpec: volumeLifecycleModes
  admissionregistration.ValidatingAdmissionPolicyBindingSpec: validationActions
  discovery.Endpoint: addresses
  flowcontrol.ResourcePolicyRule: verbs apiGroups resources namespaces
  flowcontrol.NonResourcePolicyRule: verbs nonResourceURLs
`;

/** Types that apply replaces whole. */
export const atomicTypes = `
  meta.LabelSelector meta.OwnerReference core.ObjectReference core.LocalObjectReference core.TypedLocalObjectReference
  core.SecretReference core.EndpointAddress core.EndpointPort core.NodeSelector core.NodeSelectorTerm core.ScopeSelector
  core.TopologySelectorTerm core.ObjectFieldSelector core.ResourceFieldSelector core.ConfigMapKeySelector
  core.SecretKeySelector core.FileKeySelector autoscaling.CrossVersionObjectReference networking.ServiceBackendPort
  rbac.RoleRef rbac.Subject discovery.EndpointPort admissionregistration.ParamKind admissionregistration.ParamRef
  admissionregistration.MatchResources admissionregistration.NamedRuleWithOperations admissionregistration.Variable
`;

/** Maps that apply replaces whole. */
export const atomicMaps = `
  core.PodSpec: nodeSelector
  core.ServiceSpec: selector
  core.ReplicationControllerSpec: selector
  node.Scheduling: nodeSelector
`;

/** Fields that stay granular although their type or habit says otherwise. */
export const granularFields = `
  core.PersistentVolumeSpec: claimRef
  core.PersistentVolumeClaimStatus: allocatedResourceStatuses
`;

/** Strategic merge where it differs from apply: the one merge key. */
export const patchMergeKeys = `
  containerPort core.Container: ports
  containerPort core.EphemeralContainer: ports
  topologyKey core.PodSpec: topologySpreadConstraints
  port core.ServiceSpec: ports
  ip core.PodStatus: hostIPs
  type batch.JobStatus: conditions
`;

/** Strategic merge where it differs from apply: replaced whole although apply merges. */
export const patchReplaces = `
  core.ResourceRequirements: claims
  core.ResourceStatus: resources
  certificates.CertificateSigningRequestStatus: conditions
  admissionregistration.ValidatingAdmissionPolicyStatus: conditions
  apiextensions.CustomResourceDefinitionStatus: conditions
  resource.ResourceClaimStatus: devices
  resource.AllocatedDeviceStatus: conditions
  policy.PodDisruptionBudgetSpec: selector
`;

/** Strategic merge honours `$retainKeys` here. */
export const retainKeys = `
  apps.DeploymentSpec: strategy
  core.PodSpec: volumes resourceClaims
  core.PodStatus: resourceClaimStatuses
`;

/** Defaults of associative keys, so that a list item without the field still has its key. */
export const keyDefaults = `
  "TCP" core.ContainerPort: protocol
  "TCP" core.ServicePort: protocol
`;

/** `resource.Quantity`, also as map values. */
export const quantities = `
  core.LimitRangeItem: max min default defaultRequest maxLimitRequestRatio
  core.NodeStatus: capacity allocatable
  core.VolumeResourceRequirements: limits requests
  core.PersistentVolumeClaimStatus: capacity allocatedResources
  core.PersistentVolumeSpec: capacity
  core.EmptyDirVolumeSource: sizeLimit
  core.ResourceFieldSelector: divisor
  core.ResourceRequirements: limits requests
  core.PodSpec: overhead
  core.ContainerStatus: allocatedResources
  core.PodStatus: allocatedResources
  core.NodeAllocatableResourceClaimStatus: resources
  core.ResourceQuotaSpec: hard
  core.ResourceQuotaStatus: hard used
  autoscaling/v2.MetricTarget: value averageValue
  autoscaling/v2.HPAScalingRules: tolerance
  autoscaling/v2.MetricValueStatus: value averageValue
  storage.CSIStorageCapacity: capacity maximumVolumeSize
  node.Overhead: podFixed
  resource.CapacityRequirements: requests
  resource.DeviceRequestAllocationResult: consumedCapacity
  resource.DeviceCapacity: value
  resource.CapacityRequestPolicy: default validValues
  resource.CapacityRequestPolicyRange: min max step
  resource.Counter: value
  resource.NodeAllocatableResourceMapping: allocationMultiplier
`;

/** `runtime.RawExtension`: a whole object of unknown kind. */
export const rawExtensions = `
  apps.ControllerRevision: data
  resource.OpaqueDeviceConfiguration: parameters
  resource.AllocatedDeviceStatus: data
`;

/**
 * Optional scalars that Go keeps behind a pointer: a zero (`0`, `false`, `""`) that a client sends is stored and
 * written back. Every other optional scalar vanishes when it is zero.
 */
export const keptZeros = `
  admissionregistration.MatchResources: matchPolicy
  admissionregistration.MutatingAdmissionPolicySpec: failurePolicy
  admissionregistration.MutatingWebhook: failurePolicy matchPolicy timeoutSeconds reinvocationPolicy
  admissionregistration.NamedRuleWithOperations: scope
  admissionregistration.ParamRef: parameterNotFoundAction
  admissionregistration.RuleWithOperations: scope
  admissionregistration.ServiceReference: path port
  admissionregistration.ValidatingAdmissionPolicySpec: failurePolicy
  admissionregistration.ValidatingWebhook: failurePolicy matchPolicy timeoutSeconds
  admissionregistration.Validation: reason
  admissionregistration.WebhookClientConfig: url
  apiextensions.CustomResourceDefinitionVersion: deprecationWarning
  apiextensions.CustomResourceSubresourceScale: labelSelectorPath
  apiextensions.JSONSchemaProps: $ref maximum minimum maxLength minLength maxItems minItems multipleOf maxProperties
  apiextensions.JSONSchemaProps: minProperties x-kubernetes-preserve-unknown-fields x-kubernetes-list-type
  apiextensions.JSONSchemaProps: x-kubernetes-map-type
  apiextensions.ServiceReference: path port
  apiextensions.ValidationRule: reason optionalOldSelf
  apiextensions.WebhookClientConfig: url
  apiregistration.ServiceReference: port
  apps.DaemonSetSpec: revisionHistoryLimit
  apps.DaemonSetStatus: collisionCount
  apps.DeploymentSpec: replicas revisionHistoryLimit progressDeadlineSeconds
  apps.DeploymentStatus: terminatingReplicas collisionCount
  apps.ReplicaSetSpec: replicas
  apps.ReplicaSetStatus: terminatingReplicas
  apps.RollingUpdateDaemonSet: maxUnavailable maxSurge
  apps.RollingUpdateDeployment: maxUnavailable maxSurge
  apps.RollingUpdateStatefulSetStrategy: partition maxUnavailable
  apps.StatefulSetSpec: replicas revisionHistoryLimit
  apps.StatefulSetStatus: collisionCount
  autoscaling.HorizontalPodAutoscalerSpec: minReplicas targetCPUUtilizationPercentage
  autoscaling.HorizontalPodAutoscalerStatus: observedGeneration currentCPUUtilizationPercentage
  autoscaling/v2.HPAScalingRules: stabilizationWindowSeconds selectPolicy
  autoscaling/v2.HorizontalPodAutoscalerSpec: minReplicas
  autoscaling/v2.HorizontalPodAutoscalerStatus: observedGeneration
  autoscaling/v2.MetricTarget: averageUtilization
  autoscaling/v2.MetricValueStatus: averageUtilization
  batch.CronJobSpec: timeZone startingDeadlineSeconds suspend successfulJobsHistoryLimit failedJobsHistoryLimit
  batch.JobSpec: parallelism completions activeDeadlineSeconds backoffLimit backoffLimitPerIndex maxFailedIndexes
  batch.JobSpec: manualSelector ttlSecondsAfterFinished completionMode suspend podReplacementPolicy managedBy
  batch.JobStatus: terminating failedIndexes ready
  batch.PodFailurePolicyOnExitCodesRequirement: containerName
  batch.SuccessPolicyRule: succeededIndexes succeededCount
  certificates.CertificateSigningRequestSpec: expirationSeconds
  coordination.LeaseSpec: holderIdentity leaseDurationSeconds leaseTransitions strategy preferredHolder
  core.AppArmorProfile: localhostProfile
  core.AzureDiskVolumeSource: cachingMode fsType readOnly kind
  core.CSIVolumeSource: readOnly fsType
  core.ClientIPConfig: timeoutSeconds
  core.ClusterTrustBundleProjection: name signerName optional
  core.ConfigMap: immutable
  core.ConfigMapEnvSource: optional
  core.ConfigMapKeySelector: optional
  core.ConfigMapProjection: optional
  core.ConfigMapVolumeSource: defaultMode optional
  core.Container: restartPolicy
  core.ContainerStatus: started stopSignal
  core.DownwardAPIVolumeFile: mode
  core.DownwardAPIVolumeSource: defaultMode
  core.EndpointAddress: nodeName
  core.EndpointPort: appProtocol
  core.EphemeralContainer: restartPolicy
  core.FCVolumeSource: lun
  core.FileKeySelector: optional
  core.GlusterfsPersistentVolumeSource: endpointsNamespace
  core.HostPathVolumeSource: type
  core.ISCSIPersistentVolumeSource: initiatorName
  core.ISCSIVolumeSource: initiatorName
  core.KeyToPath: mode
  core.Lifecycle: stopSignal
  core.LoadBalancerIngress: ipMode
  core.LocalVolumeSource: fsType
  core.NodeFeatures: supplementalGroupsPolicy
  core.NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts userNamespaces
  core.NodeSwapStatus: capacity
  core.PersistentVolumeClaimSpec: storageClassName volumeMode volumeAttributesClassName
  core.PersistentVolumeClaimStatus: currentVolumeAttributesClassName
  core.PersistentVolumeSpec: volumeMode volumeAttributesClassName
  core.PodCertificateProjection: maxExpirationSeconds
  core.PodDNSConfigOption: value
  core.PodResourceClaim: resourceClaimName resourceClaimTemplateName
  core.PodResourceClaimStatus: resourceClaimName
  core.PodSchedulingGroup: podGroupName
  core.PodSecurityContext: runAsUser runAsGroup runAsNonRoot supplementalGroupsPolicy fsGroup fsGroupChangePolicy
  core.PodSecurityContext: seLinuxChangePolicy
  core.PodSpec: terminationGracePeriodSeconds activeDeadlineSeconds automountServiceAccountToken
  core.PodSpec: shareProcessNamespace priority runtimeClassName enableServiceLinks preemptionPolicy setHostnameAsFQDN
  core.PodSpec: hostUsers hostnameOverride
  core.PortStatus: error
  core.Probe: terminationGracePeriodSeconds
  core.ProjectedVolumeSource: defaultMode
  core.ReplicationControllerSpec: replicas
  core.ResourceHealth: message
  core.SeccompProfile: localhostProfile
  core.Secret: immutable
  core.SecretEnvSource: optional
  core.SecretKeySelector: optional
  core.SecretProjection: optional
  core.SecretVolumeSource: defaultMode optional
  core.SecurityContext: privileged runAsUser runAsGroup runAsNonRoot readOnlyRootFilesystem allowPrivilegeEscalation
  core.SecurityContext: procMount
  core.ServiceAccount: automountServiceAccountToken
  core.ServiceAccountTokenProjection: expirationSeconds
  core.ServicePort: appProtocol
  core.ServiceSpec: ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass internalTrafficPolicy
  core.ServiceSpec: trafficDistribution
  core.Toleration: tolerationSeconds
  core.TopologySpreadConstraint: minDomains nodeAffinityPolicy nodeTaintsPolicy
  core.TypedObjectReference: namespace
  core.VolumeMount: recursiveReadOnly mountPropagation
  core.VolumeMountStatus: recursiveReadOnly
  core.WindowsSecurityContextOptions: gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess
  discovery.Endpoint: hostname nodeName zone
  discovery.EndpointConditions: ready serving terminating
  discovery.EndpointPort: name protocol port appProtocol
  flowcontrol.ExemptPriorityLevelConfiguration: nominalConcurrencyShares lendablePercent
  flowcontrol.LimitedPriorityLevelConfiguration: lendablePercent borrowingLimitPercent
  meta.DeleteOptions: gracePeriodSeconds orphanDependents propagationPolicy
  meta.DeleteOptions: ignoreStoreReadErrorWithClusterBreakingPotential
  meta.ObjectMeta: deletionGracePeriodSeconds
  meta.OwnerReference: controller blockOwnerDeletion
  meta.Preconditions: uid resourceVersion
  networking.IngressClassParametersReference: apiGroup namespace
  networking.IngressPortStatus: error
  networking.IngressSpec: ingressClassName
  networking.NetworkPolicyPort: protocol endPort port
  policy.PodDisruptionBudgetSpec: unhealthyPodEvictionPolicy minAvailable maxUnavailable
  resource.AllocatedDeviceStatus: shareID
  resource.Device: nodeName allNodes bindsToNode allowMultipleAllocations
  resource.DeviceAttribute: int bool string version
  resource.DeviceClassSpec: extendedResourceName
  resource.DeviceConstraint: matchAttribute distinctAttribute
  resource.DeviceRequestAllocationResult: adminAccess shareID
  resource.DeviceToleration: tolerationSeconds
  resource.ExactDeviceRequest: adminAccess
  resource.NodeAllocatableResourceMapping: capacityKey
  resource.ResourceSliceSpec: nodeName allNodes perDeviceNodeSelection
  scheduling.PriorityClass: preemptionPolicy
  storage.CSIDriverSpec: attachRequired podInfoOnMount storageCapacity fsGroupPolicy requiresRepublish seLinuxMount
  storage.CSIDriverSpec: nodeAllocatableUpdatePeriodSeconds serviceAccountTokenInSecrets
  storage.CSIDriverSpec: preventPodSchedulingIfMissing
  storage.StorageClass: reclaimPolicy allowVolumeExpansion volumeBindingMode
  storage.TokenRequest: expirationSeconds
  storage.VolumeAttachmentSource: persistentVolumeName
  storage.VolumeError: errorCode
  storage.VolumeNodeResources: count
`;

/**
 * Optional fields that are written even when absent: `{}` for objects, `null` for times, zero for scalars. So are all
 * required fields, and `metadata`, `spec` and `status` wherever they are objects.
 */
export const alwaysWritten = `
  apiextensions.CustomResourceDefinitionCondition: lastTransitionTime
  apiextensions.CustomResourceDefinitionStatus: acceptedNames
  apiregistration.APIServiceCondition: lastTransitionTime
  apps.DaemonSetCondition: lastTransitionTime
  apps.DaemonSetSpec: updateStrategy
  apps.DeploymentCondition: lastUpdateTime lastTransitionTime
  apps.DeploymentSpec: strategy
  apps.ReplicaSetCondition: lastTransitionTime
  apps.ReplicaSetSpec: template
  apps.StatefulSetCondition: lastTransitionTime
  apps.StatefulSetOrdinals: start
  apps.StatefulSetSpec: serviceName updateStrategy
  apps.StatefulSetStatus: availableReplicas
  authentication.SelfSubjectReviewStatus: userInfo
  authentication.TokenRequestStatus: token expirationTimestamp
  authentication.TokenReviewStatus: user
  autoscaling/v2.HorizontalPodAutoscalerCondition: lastTransitionTime
  batch.JobCondition: lastProbeTime lastTransitionTime
  batch.PodFailurePolicyOnPodConditionsPattern: status
  certificates.CertificateSigningRequestCondition: lastUpdateTime lastTransitionTime
  core.Container: resources
  core.ContainerStateRunning: startedAt
  core.ContainerStateTerminated: startedAt finishedAt
  core.ContainerStatus: state lastState
  core.EphemeralContainer: resources
  core.Event: reportingComponent reportingInstance source firstTimestamp lastTimestamp eventTime
  core.EventSeries: lastObservedTime
  core.NamespaceCondition: lastTransitionTime
  core.NodeCondition: lastHeartbeatTime lastTransitionTime
  core.NodeDaemonEndpoints: kubeletEndpoint
  core.NodeRuntimeHandler: name
  core.NodeStatus: daemonEndpoints nodeInfo
  core.PersistentVolumeClaimCondition: lastProbeTime lastTransitionTime
  core.PersistentVolumeClaimSpec: resources
  core.PodCondition: lastProbeTime lastTransitionTime
  core.PodTemplate: template
  core.ReplicationControllerCondition: lastTransitionTime
  core.ResourceFieldSelector: divisor
  core.ServiceStatus: loadBalancer
  discovery.Endpoint: conditions
  events.Event: regarding deprecatedSource deprecatedFirstTimestamp deprecatedLastTimestamp
  flowcontrol.FlowSchemaCondition: lastTransitionTime
  flowcontrol.FlowSchemaSpec: matchingPrecedence
  flowcontrol.LimitedPriorityLevelConfiguration: limitResponse
  flowcontrol.PriorityLevelConfigurationCondition: lastTransitionTime
  flowcontrol.QueuingConfiguration: queues handSize queueLengthLimit
  networking.IngressServiceBackend: port
  networking.IngressStatus: loadBalancer
  networking.NetworkPolicySpec: podSelector
  policy.PodDisruptionBudgetStatus: disruptionsAllowed currentHealthy desiredHealthy expectedPods
  rbac.RoleRef: apiGroup
  resource.AllocationResult: devices
  resource.ResourceClaimSpec: devices
  scheduling.PriorityClass: value
  storage.VolumeError: time
`;

/** Fields written as `null` when absent. So are required lists and maps. */
export const writtenAsNull = `
  admissionregistration.MutatingWebhook: sideEffects
  admissionregistration.ValidatingWebhook: sideEffects
  apps.DaemonSetSpec: selector
  apps.DeploymentSpec: selector
  apps.ReplicaSetSpec: selector
  apps.StatefulSetSpec: selector
  core.ScaleIOPersistentVolumeSource: secretRef
  core.ScaleIOVolumeSource: secretRef
  networking.HTTPIngressPath: pathType
  apiextensions.CustomResourceDefinitionStatus: conditions storedVersions
  authentication.TokenRequestSpec: expirationSeconds boundObjectRef audiences
  autoscaling/v2.HorizontalPodAutoscalerStatus: currentMetrics
  core.AzureFilePersistentVolumeSource: secretNamespace
  core.ContainerImage: names
  core.GRPCAction: service
  core.ProjectedVolumeSource: sources
  core.TypedLocalObjectReference: apiGroup
  core.TypedObjectReference: apiGroup
  discovery.EndpointSlice: endpoints ports
  flowcontrol.LimitedPriorityLevelConfiguration: nominalConcurrencyShares
  flowcontrol.ResourcePolicyRule: namespaces
  networking.IngressClassParametersReference: scope
  rbac.ClusterRole: rules
  rbac.Role: rules
  resource.AllocatedDeviceStatus: conditions
  resource.CapacityRequestPolicy: default
  resource.DeviceClaim: requests
  storage.CSINodeDriver: topologyKeys
`;

/** Required by the schema, yet left out when empty. */
export const requiredButOmitted = `
  admissionregistration.ValidatingAdmissionPolicyBinding: spec
  admissionregistration.ValidatingAdmissionPolicyBindingSpec: policyName validationActions
  authentication.TokenReviewSpec: token
  autoscaling.HorizontalPodAutoscaler: spec
  autoscaling/v2.HorizontalPodAutoscaler: spec
  batch.CronJob: spec
  core.ContainerRestartRule: action
  core.ContainerRestartRuleOnExitCodes: operator
  core.ImageVolumeStatus: imageRef
  core.PodCertificateProjection: signerName keyType
  networking.IPAddress: spec
  networking.IPAddressSpec: parentRef
  networking.ParentReference: resource name
  resource.CapacityRequestPolicyRange: min
  resource.CounterSet: counters
  resource.DeviceCounterConsumption: counters
`;
