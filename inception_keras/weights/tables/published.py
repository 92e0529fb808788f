"""The files of ImageNet weights that can be asked for by name, `create_model(NAME, weights=SOURCE)`.

`weights="imagenet"` means the first row of a model whose hash is known. Each helper has what rows of one source share.
Accuracies that are not given are the zoo's own, which were published for the same file.

Facts of torchvision: `torchvision/models/*.py` of the wheel 0.28.0; the digits in a name begin its SHA-256. Facts of
Keras: `keras/src/applications/*.py`, and for licences `docs/templates/applications.md` of Keras 2. Facts of Caffe: the
readmes of BVLC; whole hashes and sizes from Open Model Zoo (`models/public/*/model.yml`), as MobileNet v3's licence.
"""

from dataclasses import replace
from pathlib import PurePosixPath
from types import MappingProxyType
from typing import Any

from inception_keras.weights.forms import Form, Preprocessing
from inception_keras.weights.published import Checksum, Licence, PublishedFile
from inception_keras.weights.tables import cadene, caffe, slim, slim_large, timm, torchvision
from inception_keras.zoo import SLIM_README, architecture

UNRESTRICTED = "https://github.com/BVLC/caffe/blob/master/models/{}/readme.md"  # "released for unrestricted use"
TORCHVISION = Licence(
    "not stated for the weights, the code is BSD-3-Clause",
    "https://github.com/pytorch/vision/blob/main/README.md#pre-trained-model-license",
)
TENSORFLOW = Licence("Apache-2.0", "https://github.com/tensorflow/models/blob/master/LICENSE")
EFFICIENTNET = Licence(
    "not stated by Keras, the authors' checkpoints are Apache-2.0",
    "https://github.com/tensorflow/tpu/blob/master/LICENSE",
)
CC_BY = Licence("CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/")
MIT = Licence("MIT", "https://github.com/KaimingHe/deep-residual-networks/blob/master/LICENSE")
BSD = Licence("BSD-3-Clause", "https://github.com/liuzhuang13/DenseNet/blob/master/LICENSE")

ONNX_MODELS = "onnx/models/{}/main/validated/vision/classification"
KERAS_STORAGE = "https://storage.googleapis.com/tensorflow/keras-applications"
OPEN_MODEL_ZOO = "https://storage.openvinotoolkit.org/repositories/open_model_zoo/public/2022.1"
KERNELS = "weights_tf_dim_ordering_tf_kernels.h5"
# The side before the crop is the usual one, of which the crop is 87.5%.
UNSAID = "the sizes are the usual ones: Keras does not publish how it resized images for its accuracies"
EFFICIENTNET_DIVISORS = (0.229**0.5, 0.224**0.5, 0.225**0.5)  # keras/src/applications/efficientnet.py

FORMS = {
    form.name: form for form in (torchvision.GOOGLENET, torchvision.ALEXNET, *torchvision.VGG, *torchvision.RESNET)
}


def _caffe(model: str, address: str, form: Form, sha256: str, size: int, **facts: Any) -> PublishedFile:
    return PublishedFile(
        model,
        "caffe",
        address,
        Checksum("sha256", sha256),
        Licence("unrestricted use", UNRESTRICTED.format(PurePosixPath(address).stem)),
        "BVLC readme; Open Model Zoo model.yml",
        form.preprocessing,
        form,
        size=size,
        **_accuracies(model, facts),
    )


def _torchvision(model: str, name: str, mebibytes: float, form: Form | None = None, **facts: Any) -> PublishedFile:
    """The form is that of the model in `tables/torchvision.py` unless given; so are the sizes of the images."""
    form = form or FORMS[model]
    begins = name.removesuffix(".pth").rpartition("-")[2]
    return PublishedFile(
        model,
        "torchvision",
        f"https://download.pytorch.org/models/{name}",
        Checksum("sha256", facts.pop("sha256", begins)),
        TORCHVISION,
        "torchvision 0.28.0",
        facts.pop("preprocessing", form.preprocessing),
        form,
        mebibytes=mebibytes,
        **_accuracies(model, facts),
    )


def _timm(model: str, form: Form, resize: int, top1: float, top5: float) -> PublishedFile:
    return PublishedFile(
        model,
        "timm",
        f"https://huggingface.co/timm/{model}.tf_in1k/resolve/main/model.safetensors",
        None,
        TENSORFLOW,  # ported from there
        "timm results/results-imagenet.csv",
        replace(form.preprocessing, resize=resize, interpolation="bicubic", note=""),
        form,
        saved_as=f"{model}.tf_in1k.safetensors",
        top1=top1,
        top5=top5,
        accuracy_source=f"timm {model}.tf_in1k",
    )


def _keras(model: str, path: str, md5: str | None, mode: str, licence: Licence, **facts: Any) -> PublishedFile:
    crop = architecture(model).input_size
    resize = facts.pop("resize", round(crop / 0.875))
    interpolation = facts.pop("interpolation", "bilinear")
    return PublishedFile(
        model,
        "keras",
        path if "://" in path else f"{KERAS_STORAGE}/{path}",
        Checksum("md5", md5) if md5 else None,
        licence,
        "Keras 3.15 applications",
        Preprocessing(mode, resize, crop, interpolation, note=UNSAID),
        **_accuracies(model, facts),
    )


def _efficientnet(number: int, md5: str) -> PublishedFile:
    model = f"efficientnet_b{number}"
    return _keras(
        model,
        f"https://storage.googleapis.com/keras-applications/efficientnetb{number}.h5",
        md5,
        "none",
        EFFICIENTNET,
        resize=architecture(model).input_size + 32,  # CROP_PADDING of the authors' preprocessing.py
        interpolation="bicubic",
        divisors=EFFICIENTNET_DIVISORS,
    )


def _slim(
    model: str, name: str, form: Form, checksum: Checksum | None, mirror: str = "", **facts: Any
) -> PublishedFile:
    """The address is the bucket that `download.tensorflow.org` names, which itself has no HTTPS.

    `mirror` is a folder of Open Model Zoo, which also measured the accuracies of what it has.
    """
    return PublishedFile(
        model,
        "slim",
        f"https://storage.googleapis.com/download.tensorflow.org/models/{name}",
        checksum,
        TENSORFLOW,
        facts.pop("facts_from", "slim README; Open Model Zoo model.yml"),
        form.preprocessing,
        form,
        mirrors=(f"{OPEN_MODEL_ZOO}/{mirror}/{name}",) if mirror else (),
        **_accuracies(model, facts),
    )


def _onnx(model: str, path: str, form: Form, sha256: str, size: int, top1: float, top5: float) -> PublishedFile:
    """Caffe's weights again, as the ONNX model zoo has them, without auxiliary heads."""
    folder, name = path.split("/model/")
    return PublishedFile(
        model,
        "onnx",
        f"https://github.com/{ONNX_MODELS.format('raw')}/{path}",
        Checksum("sha256", sha256),
        Licence("BSD-3-Clause", f"https://github.com/{ONNX_MODELS.format('blob')}/{folder}/README.md"),
        "ONNX_HUB_MANIFEST.json and readme of onnx/models",
        form.preprocessing,
        form,
        mirrors=(f"https://huggingface.co/onnxmodelzoo/{name.removesuffix('.onnx')}/resolve/main/{name}",),
        size=size,
        top1=top1,
        top5=top5,
        accuracy_source="readme of onnx/models",
    )


def _cadene(model: str, name: str, form: Form, sha256: str) -> PublishedFile:
    return PublishedFile(
        model,
        "cadene",
        f"http://data.lip6.fr/cadene/pretrainedmodels/{name}",
        Checksum("sha256", sha256),
        Licence(
            "not stated for the weights, the code is BSD-3-Clause",
            "https://github.com/Cadene/pretrained-models.pytorch/blob/master/LICENSE.txt",
        ),
        "pretrainedmodels/models/bninception.py, readme",
        form.preprocessing,
        form,
        **_accuracies(model, {}),
    )


def _accuracies(model: str, facts: dict[str, Any]) -> dict[str, Any]:
    """`facts` with the accuracies of the zoo if it has none."""
    if "top1" in facts:
        return facts
    entry = architecture(model)
    return {**facts, "top1": entry.top1, "top5": entry.top5, "accuracy_source": entry.accuracy_source}


V1 = "torchvision weights IMAGENET1K_V1, centre crop"
BVLC = "http://dl.caffe.berkeleyvision.org"  # has no HTTPS, so such rows need a whole SHA-256

# fmt: off
FILES: tuple[PublishedFile, ...] = (
    # -- GoogLeNet and AlexNet
    _caffe("googlenet", f"{BVLC}/bvlc_googlenet.caffemodel", caffe.GOOGLENET,
           "6f7101e3a2183738a7125a0c5021ba82a1feb4228c5ca0924d991b6daf6f6fad", 53_533_754, aux_heads=True),
    _onnx("googlenet", "inception_and_googlenet/googlenet/model/googlenet-12.onnx", caffe.GOOGLENET,
          "c99c507058eaf41de8723408fdda7db8325cb57f0a89f2ee07a716d6e963e14e", 28_021_836, 67.78, 88.34),
    _torchvision("googlenet_torchvision", "googlenet-1378be20.pth", 49.731, aux_heads=True,
                 sha256="1378be20a8e875cf1568b8a71654e704449655e34711a959a38b04fb34905cef"),
    _slim("googlenet_slim", "inception_v1_2016_08_28.tar.gz", slim.GOOGLENET,
          Checksum("sha256", "7a620c430fcaba8f8f716241f5148c4c47c035cce4e49ef02cfbe6cd1adf96a6"),
          "googlenet-v1-tf", size=24_642_554),
    _caffe("alexnet", f"{BVLC}/bvlc_alexnet.caffemodel", caffe.ALEXNET,
           "4bff209a9837298157915ef50a4831a59636a6ca1a6b8ebacd990c3a5f3053e0", 243_862_414),
    _torchvision("alexnet_torchvision", "alexnet-owt-7be5be79.pth", 233.087),
    # -- VGG
    _torchvision("vgg11", "vgg11-8a719046.pth", 506.840),
    _torchvision("vgg13", "vgg13-19584684.pth", 507.545),
    _keras("vgg16", f"vgg16/vgg16_{KERNELS}", "64373286793e3c8b2b4e3219cbf3544b", "vgg", CC_BY),
    _torchvision("vgg16", "vgg16-397923af.pth", 527.796, top1=71.592, top5=90.382, accuracy_source=V1,
                 sha256="397923af8e79cdbb6a7127f12361acd7a2f83e06b05044ddf496e83de57a5bf0"),
    _keras("vgg19", f"vgg19/vgg19_{KERNELS}", "cbe5617147190e668d6c5d5026f83318", "vgg", CC_BY),
    _torchvision("vgg19", "vgg19-dcbb9e9d.pth", 548.051, top1=72.376, top5=90.876, accuracy_source=V1),
    # -- the later Inceptions
    _cadene("bn_inception", "bn_inception-52deb4733.pth", cadene.BN_INCEPTION,
            "52deb473314542a5c2f87e9e6f26f4ca42fe863d15f986414dbae8c2dfdd2353"),
    _slim("inception_v2_slim", "inception_v2_2016_08_28.tar.gz", slim.INCEPTION_V2,
          Checksum("sha256", "3b9d269984402003d8330affc4e1463c0b4cfd536339ad12446a48d72477480a"),
          "googlenet-v2-tf", size=41_577_079),
    _keras("inception_v3", f"inception_v3/inception_v3_{KERNELS}", "9a0d58056eeedaa3f26cb7ebd46da564", "tf",
           TENSORFLOW),
    _torchvision("inception_v3", "inception_v3_google-0cc3c7bd.pth", 103.903, timm.INCEPTION_V3,
                 preprocessing=Preprocessing("tf", resize=342, crop=299), top1=77.294, top5=93.45, accuracy_source=V1),
    _timm("inception_v3", timm.INCEPTION_V3, 341, 77.866, 93.644),
    _slim("inception_v3", "inception_v3_2016_08_28.tar.gz", slim_large.INCEPTION_V3, None,
          facts_from="slim README", top1=78.0, top5=93.9, accuracy_source=SLIM_README),
    _timm("inception_v4", timm.INCEPTION_V4, 341, 80.144, 94.982),
    _slim("inception_v4", "inception_v4_2016_09_09.tar.gz", slim_large.INCEPTION_V4,
          Checksum("sha256", "272a2b24f68b2e51f3081479df075dd62b019ccda630e998fb7f6cf314c0f304"),
          "googlenet-v4-tf", size=171_177_982, top1=80.2, top5=95.2, accuracy_source=SLIM_README),
    _keras("inception_resnet_v2", f"inception_resnet_v2/inception_resnet_v2_{KERNELS}",
           "e693bd0210a403b3192acc6073ad2e96", "tf", TENSORFLOW),
    _timm("inception_resnet_v2", timm.INCEPTION_RESNET_V2, 333, 80.434, 95.312),
    _slim("inception_resnet_v2", "inception_resnet_v2_2016_08_30.tar.gz", slim_large.INCEPTION_RESNET_V2,
          Checksum("md5", "9e0f18e1259acf943e30690460d96123"),
          facts_from="slim README; the MD5 is in extract_weights.py of two converters to Keras",
          top1=80.4, top5=95.3, accuracy_source=SLIM_README),
    # -- ResNet
    _torchvision("resnet18", "resnet18-f37072fd.pth", 44.661,
                 sha256="f37072fd47e89c5e827621c5baffa7500819f7896bbacec160b1a16c560e07ec", size=46_830_571),
    _torchvision("resnet34", "resnet34-b627a593.pth", 83.275),
    _keras("resnet50", f"resnet/resnet50_{KERNELS}", "2cb95161c43110f7111970584f804107", "vgg", MIT),
    _keras("resnet101", f"resnet/resnet101_{KERNELS}", "f1aeb4b969a6efcfb50fad2f0c20cfc5", "vgg", MIT),
    _keras("resnet152", f"resnet/resnet152_{KERNELS}", "100835be76be38e30d865e96f2aaae62", "vgg", MIT),
    _torchvision("resnet50_torchvision", "resnet50-0676ba61.pth", 97.781,
                 sha256="0676ba61b6795bbe1773cffd859882e5e297624d384b6993f7c9e683e722fb8a"),
    _torchvision("resnet101_torchvision", "resnet101-63fe2227.pth", 170.511),
    _torchvision("resnet152_torchvision", "resnet152-394f9c45.pth", 230.434),
    # -- small, dense and scaled networks
    _keras("mobilenet", "mobilenet/mobilenet_1_0_224_tf.h5", None, "tf", TENSORFLOW),
    _keras("mobilenet_v2", "mobilenet_v2/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224.h5", None, "tf",
           TENSORFLOW),
    _keras("mobilenet_v3_small", "mobilenet_v3/weights_mobilenet_v3_small_224_1.0_float.h5",
           "8768d4c2e7dee89b9d02b2d03d65d862", "none", TENSORFLOW),
    _keras("mobilenet_v3_large", "mobilenet_v3/weights_mobilenet_v3_large_224_1.0_float.h5",
           "59e551e166be033d707958cf9e29a6a7", "none", TENSORFLOW),
    _keras("densenet121", f"densenet/densenet121_{KERNELS}", "9d60b8095a5708f2dcce2bca79d332c7", "torch", BSD),
    _keras("densenet169", f"densenet/densenet169_{KERNELS}", "d699b8f76981ab1b30698df4c175e90b", "torch", BSD),
    _keras("densenet201", f"densenet/densenet201_{KERNELS}", "1ceb130c1ea1b78c3bf6114dbdfd8807", "torch", BSD),
    _efficientnet(0, "902e53a9f72be733fc0bcb005b3ebbac"),
    _efficientnet(1, "1d254153d4ab51201f1646940f018540"),
    _efficientnet(2, "b15cce36ff4dcbd00b6dd88e7857a6ad"),
    _efficientnet(3, "ffd1fdc53d0ce67064dc6a9c7960ede0"),
    _efficientnet(4, "18c95ad55216b8f92d7e70b3a046e2fc"),
    _efficientnet(5, "ace28f2a6363774853a83a0b21b9421a"),
    _efficientnet(6, "165f6e37dce68623721b423839de8be5"),
    _efficientnet(7, "8c03f828fec3ef71311cd463b6759d99"),
)
# fmt: on

# Models without a published file of a known kind, and the nearest that has one.
NEAREST = MappingProxyType(
    {
        "googlenet_batchnorm": "googlenet_slim",
        "alexnet_one_tower": "alexnet_torchvision",
        "zfnet": "alexnet",
        "vgg11_lrn": "vgg11",
        "vgg16_1x1": "vgg16",
        "inception_resnet_v1": "inception_resnet_v2",
        "three_convolutions": None,
    }
)
