"""supervision: reads our exports and writes its own."""

import os

from common import answer, encode
from supervision import DetectionDataset


def load(format, images, annotations, data=None):
    if format == "coco":
        return DetectionDataset.from_coco(images_directory_path=images, annotations_path=annotations, force_masks=True)
    if format == "yolo":
        return DetectionDataset.from_yolo(images_directory_path=images, annotations_directory_path=annotations, data_yaml_path=data, force_masks=True)
    return DetectionDataset.from_pascal_voc(images_directory_path=images, annotations_directory_path=annotations)


def described(dataset):
    found = []
    for path, image, detections in dataset:
        masks = detections.mask if detections.mask is not None else [None] * len(detections)
        objects = [{"class": dataset.classes[number], "counts": None if mask is None else encode(mask)} for number, mask in zip(detections.class_id, masks)]
        found.append({"image": os.path.basename(path), "size": list(image.shape[:2]), "objects": objects})
    return found


def read(datasets):
    return [described(load(*dataset)) for dataset in datasets]


def write(dataset, coco, yolo, voc):
    """Writes one dataset as COCO (a folder), YOLO (a folder) and Pascal VOC (a folder)."""
    loaded = load(*dataset)
    loaded.as_coco(images_directory_path=f"{coco}/images", annotations_path=f"{coco}/instances.json", approximation_percentage=0)
    loaded.as_yolo(images_directory_path=f"{yolo}/images", annotations_directory_path=f"{yolo}/labels", data_yaml_path=f"{yolo}/data.yaml", approximation_percentage=0)
    loaded.as_pascal_voc(images_directory_path=f"{voc}/images", annotations_directory_path=f"{voc}/annotations")
    return described(loaded)


answer({"read": read, "write": write})
