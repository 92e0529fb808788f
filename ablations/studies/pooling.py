"""Claims about average pooling beyond accuracy: overfitting, convergence, shifts, computing.

Claims:   it overfits less and does not depend on where the object is (arXiv 1312.4400, section 3.2). Articles add,
          without a measurement, that it converges more slowly than fully connected layers and saves an overwhelming
          share of the computing.
Command:  python -m ablations run pooling --data-dir DIR
Data:     CIFAR-10, 32x32, a fifth of the training images
Time:     about 30 seconds per trial on 2 cores
Refuted:  a fully connected head that overfits no more, loses no more to a shift, or is no faster to 40%; a step that
          takes 10% longer with it.
Measures: overfitting is top-1 on the training images, without augmentation and dropout, minus top-1 on the test split;
          a shift moves each test image 4 or 8 pixels in one of eight directions. Training moves images by up to 4
          pixels.
Note:     the heads differ in parameters too (`heads` has pairs that do not); the time of a step depends on the machine.
"""

from ablations.study import ONE_BRANCH_ON_DIGITS, Claim, Guards, Recipe, Reduced, Study, Variant

NIN = "arXiv 1312.4400, section 3.2"

STUDY = Study(
    name="pooling",
    question="Does average pooling overfit less, converge more slowly, forgive shifts, and save computing?",
    dataset="cifar10",
    fraction=0.2,
    recipe=Recipe(epochs=6, precision="float32"),
    base={"preset": "batchnorm", "stem": "small", "stem_stride": 2, "width": 0.125},
    variants=(
        Variant("gap", {}, "the paper: global average pooling and a linear layer", label="average pooling"),
        Variant(
            "fc_1024",
            {"head": "fc"},
            "a hidden layer of 1,024 on the flattened 4x4 map",
            label="a hidden layer of 1,024",
        ),
    ),
    seeds=8,
    evaluations=("train", "shifts"),
    claim=Claim(
        statement="Average pooling overfits less than a fully connected layer",
        source=NIN,
        variant="fc_1024",
        metric="overfitting",
        direction="worse",
        margin=0.5,
        refuted_by="a fully connected head that overfits no more",
    ),
    secondary=(
        Claim(
            statement="Average pooling converges more slowly: a fully connected layer reaches 40% in fewer epochs",
            source="articles on average pooling, without a measurement",
            variant="fc_1024",
            metric="epochs_to_40",
            direction="better",
            margin=0.25,
            refuted_by="a fully connected head that takes as many epochs or more",
        ),
        Claim(
            statement="Average pooling loses less to a shift of 4 pixels",
            source=NIN,
            variant="fc_1024",
            metric="shift_4",
            direction="worse",
            margin=0.5,
            refuted_by="a fully connected head that loses no more",
        ),
        Claim(
            statement="Average pooling loses less to a shift of 8 pixels",
            source=NIN,
            variant="fc_1024",
            metric="shift_8",
            direction="worse",
            margin=0.5,
            refuted_by="a fully connected head that loses no more",
        ),
        Claim(
            statement="Average pooling saves hardly any computing: a step takes as long with a fully connected layer",
            source="multiply-adds: two hidden layers of 4,096 have 12.5% of GoogLeNet's at 224 pixels",
            variant="fc_1024",
            metric="step_time",
            effect=0.0,
            margin=10.0,
            refuted_by="a step that takes 10% more with the fully connected head",
        ),
    ),
    retired="average_pooling asks the same of networks that are tuned and trained out",
    guards=Guards(params={"gap": 95_010, "fc_1024": 2_202_146}),
    reduced=Reduced(settings=ONE_BRANCH_ON_DIGITS, seeds=1, guards=Guards(params={"gap": 5_910, "fc_1024": 803_126})),
)
