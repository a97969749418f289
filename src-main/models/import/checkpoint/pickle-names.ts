/**
 * Names that checkpoints hold beside their weights and that stand for data: devices, sizes and types, numbers of NumPy,
 * the arguments and configuration of a training run. The reader makes nothing of them, so what they could do does not
 * matter; the list keeps out what nobody has a reason to put there, and what would be needed to compute the model.
 */
const EXACT = new Set([
  'torch.device', 'torch.Size', 'torch.dtype', 'torch.Generator', 'torch.serialization._get_layout', 'torch.strided', 'torch.contiguous_format', 'torch.channels_last', 'torch.preserve_format',
  ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8', 'uint8', 'bool', 'complex64', 'complex128'].map((type) => `torch.${type}`),
  'collections.defaultdict', 'collections.deque', 'collections.Counter',
  ...['dict', 'list', 'set', 'frozenset', 'tuple', 'int', 'float', 'bool', 'str', 'bytes', 'bytearray', 'complex', 'slice', 'range', 'object'].flatMap((type) => [`builtins.${type}`, `__builtin__.${type}`]),
  '__builtin__.unicode', '__builtin__.long', '__builtin__.xrange',
  '_codecs.encode', 'copyreg._reconstructor', 'copy_reg._reconstructor',
  'argparse.Namespace', 'types.SimpleNamespace', 'uuid.UUID', 'decimal.Decimal', 'fractions.Fraction',
  ...['datetime', 'date', 'time', 'timedelta', 'timezone'].map((type) => `datetime.${type}`),
  ...['Path', 'PurePath', 'PosixPath', 'PurePosixPath', 'WindowsPath', 'PureWindowsPath'].flatMap((type) => [`pathlib.${type}`, `pathlib._local.${type}`]),
  'numpy.dtype', 'numpy.ndarray', ...['numpy.core', 'numpy._core'].flatMap((module) => [`${module}.multiarray.scalar`, `${module}.multiarray._reconstruct`, `${module}.numeric._frombuffer`]),
  'yacs.config.CfgNode', 'fvcore.common.config.CfgNode', 'detectron2.config.config.CfgNode', 'easydict.EasyDict', 'addict.addict.Dict', 'box.box.Box', 'munch.Munch',
  'mmcv.utils.config.ConfigDict', 'mmengine.config.config.ConfigDict', 'mmengine.logging.history_buffer.HistoryBuffer', 'ml_collections.config_dict.config_dict.ConfigDict',
]);

/** Packages of which checkpoints hold configuration and the state of a run only. */
const PACKAGES = ['omegaconf.', 'typing.', 'pytorch_lightning.', 'lightning.', 'lightning_fabric.', 'lightning_utilities.', 'torch.optim.', 'torch.amp.', 'torch.cuda.amp.'];
const NUMPY_NUMBER = /^numpy\.(bool_?|u?int\d*|float\d*|complex\d*|longlong|str_|bytes_|dtypes\.\w+)$/;
const YOLO = ['ultralytics.', 'models.yolo.', 'models.common.'];

/** Whether a name, as module and attribute with a dot between, is one of those. An attribute of an attribute never is. */
export function isHarmless(name: string): boolean {
  if (EXACT.has(name) || NUMPY_NUMBER.test(name)) return true;
  return /^[A-Za-z0-9_.]+$/.test(name) && !name.includes('__') && PACKAGES.some((prefix) => name.startsWith(prefix));
}

/** Whether a name is of the code that saves FastSAM and YOLO models, which it does as whole programs. */
export const isYolo = (name: string): boolean => YOLO.some((prefix) => name.startsWith(prefix));
