/**
 * The resources that Kubernetes 1.36 serves by default, as discovery shows them: 22 group-versions, in the order in
 * which discovery lists them (groups) and alphabetically (resources).
 *
 * One line per resource: plural, kind, scope (`N`amespaced or `C`luster), verbs (`all`, `review` = create only, `read` =
 * get and list, `-deletecollection` takes one away), then `short=`, `cat=` and subresources as
 * `/name:verbs[:group/version/Kind]`. The singular is the lower-case kind, the list kind is the kind plus `List`.
 *
 * Not here: how the lines become `ResourceInfo`; see `bundle.ts`.
 */

/** Verbs of a subresource by the word used below; `status` and `scale` are get, patch, update. */
export const subresourceVerbs: Readonly<Record<string, readonly string[]>> = {
  rw: ['get', 'patch', 'update'],
  create: ['create'],
  update: ['update'],
  get: ['get'],
  connect: ['create', 'get'],
  proxy: ['create', 'delete', 'get', 'patch', 'update'],
};

export const builtinResourceTable = `
= v1
bindings Binding N review
componentstatuses ComponentStatus C read short=cs
configmaps ConfigMap N all short=cm
endpoints Endpoints N all short=ep
events Event N all short=ev
limitranges LimitRange N all short=limits
namespaces Namespace C all -deletecollection short=ns /finalize:update /status:rw
nodes Node C all short=no /proxy:proxy:v1/NodeProxyOptions /status:rw
persistentvolumeclaims PersistentVolumeClaim N all short=pvc /status:rw
persistentvolumes PersistentVolume C all short=pv /status:rw
pods Pod N all short=po cat=all /attach:connect:v1/PodAttachOptions /binding:create:v1/Binding /ephemeralcontainers:rw /eviction:create:policy/v1/Eviction /exec:connect:v1/PodExecOptions /log:get /portforward:connect:v1/PodPortForwardOptions /proxy:proxy:v1/PodProxyOptions /resize:rw /status:rw
podtemplates PodTemplate N all
replicationcontrollers ReplicationController N all short=rc cat=all /scale:rw:autoscaling/v1/Scale /status:rw
resourcequotas ResourceQuota N all short=quota /status:rw
secrets Secret N all
serviceaccounts ServiceAccount N all short=sa /token:create:authentication.k8s.io/v1/TokenRequest
services Service N all short=svc cat=all /proxy:proxy:v1/ServiceProxyOptions /status:rw
= apiregistration.k8s.io/v1
apiservices APIService C all cat=api-extensions /status:rw
= apps/v1
controllerrevisions ControllerRevision N all
daemonsets DaemonSet N all short=ds cat=all /status:rw
deployments Deployment N all short=deploy cat=all /scale:rw:autoscaling/v1/Scale /status:rw
replicasets ReplicaSet N all short=rs cat=all /scale:rw:autoscaling/v1/Scale /status:rw
statefulsets StatefulSet N all short=sts cat=all /scale:rw:autoscaling/v1/Scale /status:rw
= events.k8s.io/v1
events Event N all short=ev
= authentication.k8s.io/v1
selfsubjectreviews SelfSubjectReview C review
tokenreviews TokenReview C review
= authorization.k8s.io/v1
localsubjectaccessreviews LocalSubjectAccessReview N review
selfsubjectaccessreviews SelfSubjectAccessReview C review
selfsubjectrulesreviews SelfSubjectRulesReview C review
subjectaccessreviews SubjectAccessReview C review
= autoscaling/v2
horizontalpodautoscalers HorizontalPodAutoscaler N all short=hpa cat=all /status:rw
= autoscaling/v1
horizontalpodautoscalers HorizontalPodAutoscaler N all short=hpa cat=all /status:rw
= batch/v1
cronjobs CronJob N all short=cj cat=all /status:rw
jobs Job N all cat=all /status:rw
= certificates.k8s.io/v1
certificatesigningrequests CertificateSigningRequest C all short=csr /approval:rw /status:rw
= networking.k8s.io/v1
ingressclasses IngressClass C all
ingresses Ingress N all short=ing /status:rw
ipaddresses IPAddress C all short=ip
networkpolicies NetworkPolicy N all short=netpol
servicecidrs ServiceCIDR C all /status:rw
= policy/v1
poddisruptionbudgets PodDisruptionBudget N all short=pdb /status:rw
= rbac.authorization.k8s.io/v1
clusterrolebindings ClusterRoleBinding C all
clusterroles ClusterRole C all
rolebindings RoleBinding N all
roles Role N all
= storage.k8s.io/v1
csidrivers CSIDriver C all
csinodes CSINode C all
csistoragecapacities CSIStorageCapacity N all
storageclasses StorageClass C all short=sc
volumeattachments VolumeAttachment C all /status:rw
volumeattributesclasses VolumeAttributesClass C all short=vac
= admissionregistration.k8s.io/v1
mutatingadmissionpolicies MutatingAdmissionPolicy C all cat=api-extensions
mutatingadmissionpolicybindings MutatingAdmissionPolicyBinding C all cat=api-extensions
mutatingwebhookconfigurations MutatingWebhookConfiguration C all cat=api-extensions
validatingadmissionpolicies ValidatingAdmissionPolicy C all cat=api-extensions /status:rw
validatingadmissionpolicybindings ValidatingAdmissionPolicyBinding C all cat=api-extensions
validatingwebhookconfigurations ValidatingWebhookConfiguration C all cat=api-extensions
= apiextensions.k8s.io/v1
customresourcedefinitions CustomResourceDefinition C all short=crd,crds cat=api-extensions /status:rw
= scheduling.k8s.io/v1
priorityclasses PriorityClass C all short=pc
= coordination.k8s.io/v1
leases Lease N all
= node.k8s.io/v1
runtimeclasses RuntimeClass C all
= discovery.k8s.io/v1
endpointslices EndpointSlice N all
= resource.k8s.io/v1
deviceclasses DeviceClass C all
resourceclaims ResourceClaim N all /status:rw
resourceclaimtemplates ResourceClaimTemplate N all
resourceslices ResourceSlice C all
= flowcontrol.apiserver.k8s.io/v1
flowschemas FlowSchema C all /status:rw
prioritylevelconfigurations PriorityLevelConfiguration C all /status:rw
`;
