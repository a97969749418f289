"""What LVIS's own API reads of an annotation file."""

from common import answer, encode
from lvis import LVIS


def read(file):
    lvis = LVIS(file)
    found = []
    for image in lvis.load_imgs(lvis.get_img_ids()):
        annotations = lvis.load_anns(lvis.get_ann_ids(img_ids=[image["id"]]))
        objects = [{"class": lvis.cats[one["category_id"]]["name"], "counts": encode(lvis.ann_to_mask(one))} for one in annotations]
        found.append({"image": image["file_name"], "size": [image["height"], image["width"]], "objects": objects})
    frequencies = {one["name"]: one["frequency"] for one in lvis.load_cats(None)}
    return {"images": found, "frequencies": frequencies}


answer({"read": read})
