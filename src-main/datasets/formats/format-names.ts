/** Of the formats, by id: as their makers write them. */
export const FORMAT_NAMES = {
  panoptic: 'COCO panoptic',
  cvat: 'CVAT for images',
  datumaro: 'Datumaro',
  'label-studio': 'Label Studio',
  coco: 'COCO',
  labelme: 'LabelMe',
  voc: 'Pascal VOC',
  yolo: 'YOLO (Ultralytics)',
  masks: 'Mask PNGs',
  'sa-1b': 'SA-1B',
  supervisely: 'Supervisely',
  isat: 'ISAT',
  via: 'VGG Image Annotator',
  createml: 'Create ML',
  geojson: 'GeoJSON',
  cityscapes: 'Cityscapes',
  dota: 'DOTA',
  cutouts: 'Cut-outs',
  overlays: 'Overlay pictures',
  csv: 'CSV summary',
} as const;

const byId = new Map<string, string>(Object.entries(FORMAT_NAMES));

/** What only an unknown program says is kept under its own word. */
export const formatName = (id: string): string => byId.get(id) ?? id;
