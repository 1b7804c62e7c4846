const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 19)) {
  console.error(`k8sop needs Node >= 22.19 on ${process.platform}-${process.arch}, found ${process.version}`);
  process.exit(1);
}
