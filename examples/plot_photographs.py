"""
Flower or not: photographs as features
======================================

A photograph of 64 × 64 pixels in three colours is 12288 numbers. This page puts them in
a row, in the order in which courses do, and lets logistic regression decide "flower or
not" for pieces of two real photographs. It shows which pieces are decided rightly and
which wrongly, what the 12288 weights look like as an image, and how much of the success
is due to nothing but colour.
"""

# %%
# Two photographs
# ---------------
# scikit-learn ships them. An image is an array of the shape (height, width, 3): for
# each pixel its red, green and blue, from 0 to 255.

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Circle
from sklearn.datasets import load_sample_images
from sklearn.dummy import DummyClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skshallow import GDLogisticRegression
from skshallow.inspection import LossCurveDisplay

# sphinx_gallery_thumbnail_number = 5
BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#4d4d4d"

china, dahlia = load_sample_images().images
print(f"shape {dahlia.shape}, values from {dahlia.min()} to {dahlia.max()}")

# %%
# Pieces, labels, and a fair test
# -------------------------------
# We cut the photographs into patches of 64 × 64 pixels. A patch is a flower, y = 1, if
# its centre lies on one of the two blossoms, which two circles drawn by hand mark.
# Leaves and all that is China are not, y = 0.
#
# A window that moves by 32 pixels gives many patches, but neighbours share half of
# their pixels. If one of two neighbours were in the training set and the other in the
# test set, the test would ask for what has been learnt by heart: information would
# *leak*. So the patches for training come from the right halves of both photographs and
# those for the test from the left halves, and no pixel is in both. (Within each set
# patches do overlap, so they are worth fewer than they are.)
#
# .. predict:: Half a photograph has 427 × 320 pixels. How many patches does the window
#    see in the halves of both?
#
#    It fits at 12 heights (0, 32, … 352) and 9 places beside each other (0, 32, … 256),
#    which makes 108 in a half, and 216 in two.

SIZE, STEP, MIDDLE = 64, 32, 320
BLOSSOMS = [((308, 222), 135), ((345, 440), 70)]


def corners(image, columns):
    """Return the upper left corners (row, column) of all patches in these columns."""
    rows = range(0, image.shape[0] - SIZE + 1, STEP)
    starts = range(columns.start, columns.stop - SIZE + 1, STEP)
    return [(row, column) for row in rows for column in starts]


def is_flower(row, column):
    """Whether the centre of the patch at this corner lies on a blossom."""
    centre = column + SIZE / 2, row + SIZE / 2
    return any(np.hypot(*np.subtract(centre, at)) < radius for at, radius in BLOSSOMS)


def cut(columns):
    """Return the patches of both photographs in these columns, and their labels."""
    places = corners(china, columns)
    patches = [
        image[row : row + SIZE, column : column + SIZE]
        for image in (china, dahlia)
        for row, column in places
    ]
    labels = [0] * len(places) + [int(is_flower(*place)) for place in places]
    return np.array(patches), np.array(labels)


images_train, y_train = cut(range(MIDDLE, 640))
images_test, y_test = cut(range(MIDDLE))
print(f"training: {images_train.shape}, {y_train.sum()} are flowers")
print(f"test:     {images_test.shape}, {y_test.sum()} are flowers")

# %%
# The pagoda stands mostly in the test half: the classifier will not have seen it.

figure, axes = plt.subplots(1, 2, figsize=(9.5, 3.4), layout="constrained")
photographs = {"china.jpg": china, "flower.jpg": dahlia}
for ax, (name, image) in zip(axes, photographs.items(), strict=True):
    ax.imshow(image)
    ax.axvline(MIDDLE, color="white", linewidth=2)
    for x, text in [(0.25, "test"), (0.75, "training")]:
        box = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8}
        ax.text(x, 0.94, text, transform=ax.transAxes, ha="center", va="top", bbox=box)
    ax.set_title(name)
    ax.axis("off")
for centre, radius in BLOSSOMS:
    circle = {"fill": False, "edgecolor": "white", "linestyle": "--", "linewidth": 1.5}
    axes[1].add_patch(Circle(centre, radius, clip_on=True, **circle))
plt.show()

# %%
# From an image to a row of 12288 features
# ----------------------------------------
# Courses put all red values first, row after row of the image, then all green, then all
# blue. NumPy keeps the three colours of a pixel together; so the axis of the colours
# has to come first before the array is made flat:
#
# .. predict:: At which j does the first green value stand? And the first blue one?
#
#    At 64 · 64 = 4096, and at 8192. The last one is at 12287.


def ravel(images):
    """Turn images (m, 64, 64, 3) into rows of features (m, 12288)."""
    return images.transpose(0, 3, 1, 2).reshape(len(images), -1)


def unravel(rows):
    """Undo it: turn rows of features into images."""
    return rows.reshape(-1, 3, SIZE, SIZE).transpose(0, 2, 3, 1)


X_train = ravel(images_train)
print(f"{images_train.shape} becomes {X_train.shape}")
print(f"and back without loss: {np.array_equal(unravel(X_train), images_train)}")

# %%
# A few entries of one patch tell the order. (``images.reshape(m, -1)`` alone would give
# another one: red, green and blue of the first pixel, then of the second, and so on.)

patch_number = int(np.flatnonzero(y_train)[3])
patch, x = images_train[patch_number], X_train[patch_number]
print("  j   x[j]  pixel of the image")
for j in (0, 1, 63, 64, 4095, 4096, 8192, 12287):
    channel, rest = divmod(j, SIZE * SIZE)
    row, column = divmod(rest, SIZE)
    name = ("red", "green", "blue")[channel]
    assert x[j] == patch[row, column, channel]
    print(f"{j:5}  {x[j]:3}   {name} in row {row}, column {column}")

# %%
# The same patch, the three colours apart, and the row of features:

CHANNELS = {"red": "#d55e00", "green": "#009e73", "blue": "#0072b2"}
figure, axes = plt.subplot_mosaic(
    [["image", *CHANNELS], ["row"] * 4],
    figsize=(9.5, 4.4),
    height_ratios=(2.2, 1),
    layout="constrained",
)
axes["image"].imshow(patch)
axes["image"].set_title("a patch")
for channel, (name, color) in enumerate(CHANNELS.items()):
    axes[name].imshow(patch[:, :, channel], cmap="gray", vmin=0, vmax=255)
    axes[name].set_title(f"its {name}", color=color)
    j = np.arange(channel * SIZE**2, (channel + 1) * SIZE**2)
    axes["row"].plot(j, x[j], color=color, linewidth=0.4)
for name in ("image", *CHANNELS):
    axes[name].set(xticks=[], yticks=[])
axes["row"].set(xlim=(0, x.size), ylim=(0, 255), xlabel="j", ylabel="x[j]")
axes["row"].set_xticks([0, 4096, 8192, 12288])
axes["row"].set_title("the patch as 12288 features")
plt.show()

# %%
# The order is a convention. Logistic regression sums over all features, so any order
# would do, if it is the same for every image.
#
# A pipeline from image to class
# ------------------------------
# The two transformations and the classifier make one estimator that takes images. The
# values are divided by 255, so that they lie between 0 and 1. With many more features
# than patches, there are infinitely many ways to choose weights that separate the
# training set perfectly; ``alpha``, which was not tuned here, prefers small ones. All
# features are in the same units, so the penalty takes the weights as they are
# (``standardize=False``).


def scale(X):
    """Turn 0 … 255 into 0 … 1."""
    return X / 255


flower_or_not = make_pipeline(
    FunctionTransformer(ravel),
    FunctionTransformer(scale),
    GDLogisticRegression(alpha=0.3, standardize=False, tol=1e-6),
)
flower_or_not.fit(images_train, y_train)

# %%
# Few patches are flowers, so "never a flower" is right most of the time. That is the
# baseline to be beaten, not one half. A second classifier sees but three features, the
# mean red, green and blue of a patch:
#
# .. predict:: Of 216 test patches 28 are flowers. How often is "never a flower" right?
#
#    188 of 216 times: 0.870. Three mean colours reach 0.958, all the features 0.981.


def mean_color(images):
    """Return the mean of each colour (m, 3), between 0 and 1."""
    return images.mean(axis=(1, 2)) / 255


by_color = make_pipeline(
    FunctionTransformer(mean_color),
    GDLogisticRegression(alpha=0.001, standardize=False),
).fit(images_train, y_train)
never = DummyClassifier().fit(images_train, y_train)
print(f"{'':22} training  test")
for name, classifier in [
    ("never a flower", never),
    ("three mean colours", by_color),
    ("all 12288 features", flower_or_not),
]:
    scores = [
        classifier.score(images, y)
        for images, y in [(images_train, y_train), (images_test, y_test)]
    ]
    print(f"{name:22} {scores[0]:8.3f}  {scores[1]:.3f}")

# %%
# Three numbers do most of it: what tells these flowers from the rest is their colour.
# And a warning about 1.000: with 12288 weights for 216 patches, a perfect score on the
# training set says nothing. How the cost J, penalty included, fell on the way:

figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
LossCurveDisplay.from_estimator(flower_or_not, log=False, ax=ax)
ax.set(title="Training on 12288 features", ylim=(0, None))
ax.set_ylabel("J", rotation=0, ha="right")
plt.show()

# %%
# Right and wrong
# ---------------
# Patches of the test set with ŷ, the probability of a flower that was predicted. Above,
# some that were decided rightly: three flowers drawn by lot, and the three others that
# came nearest to being taken for one. Below, the patches that were decided wrongly, the
# most confident error first.

y_hat = flower_or_not.predict_proba(images_test)[:, 1]
wrong = np.flatnonzero((y_hat > 0.5) != y_test)
wrong = wrong[np.argsort(-np.abs(y_hat[wrong] - 0.5))]
right = np.setdiff1d(np.arange(len(y_test)), wrong)
flowers, others = (right[y_test[right] == k] for k in (1, 0))
flowers = np.random.default_rng(0).choice(flowers, 3, replace=False)
others = others[np.argsort(-y_hat[others])][:3]
print(f"{len(wrong)} of {len(y_test)} test patches are wrong")

figure, axes = plt.subplots(2, 6, figsize=(9.5, 4), layout="constrained")
for row, numbers in zip(axes, ([*flowers, *others], wrong[:6]), strict=True):
    for ax, number in zip(row, numbers, strict=False):
        ax.imshow(images_test[number])
        truth = "flower" if y_test[number] else "not"
        color = ORANGE if number in wrong else GREY
        ax.set_title(f"{truth}: ŷ = {y_hat[number]:.2f}", size=10, color=color)
for ax in axes.flat:
    ax.axis("off")
plt.show()

# %%
# All errors are at the rim of the blossom, where the label itself is a matter of the
# circle that we drew. To see more of it, the window moves over the test halves in steps
# of 16 pixels. The colour at a place is ŷ of the patch around it.

SHADES = LinearSegmentedColormap.from_list("", [BLUE, "white", ORANGE])
window = np.lib.stride_tricks.sliding_window_view
figure, axes = plt.subplots(1, 2, figsize=(9.5, 5.6), layout="constrained")
for ax, (name, image) in zip(axes, photographs.items(), strict=True):
    half = image[:, :MIDDLE]
    patches = window(half, (SIZE, SIZE), axis=(0, 1))[::16, ::16]
    n_rows, n_columns = patches.shape[:2]
    images = patches.transpose(0, 1, 3, 4, 2).reshape(-1, SIZE, SIZE, 3)
    probabilities = flower_or_not.predict_proba(images)[:, 1]
    ax.imshow(half.mean(axis=2), cmap="gray")
    shades = ax.pcolormesh(
        SIZE / 2 + 16 * np.arange(n_columns),
        SIZE / 2 + 16 * np.arange(n_rows),
        probabilities.reshape(n_rows, n_columns),
        cmap=SHADES,
        vmin=0,
        vmax=1,
        alpha=0.6,
    )
    ax.set_title(f"{name}, test half")
    ax.axis("off")
figure.colorbar(shades, ax=axes, label="ŷ of the patch around this place", shrink=0.8)
plt.show()

# %%
# The weights as an image
# -----------------------
# Each weight belongs to one colour of one pixel. The function that undid the ravelling
# brings them back to their places.

weights = unravel(flower_or_not[-1].coef_)[0]
for channel, name in enumerate(CHANNELS):
    print(f"sum of the weights of {name:5}: {weights[:, :, channel].sum():+.2f}")

figure, axes = plt.subplots(1, 4, figsize=(9.5, 2.9), layout="constrained")
largest = np.abs(weights).max()
for channel, (ax, name) in enumerate(zip(axes, CHANNELS, strict=False)):
    drawn = ax.imshow(weights[:, :, channel], cmap=SHADES, vmin=-largest, vmax=largest)
    ax.set_title(f"weights of {name}", color=CHANNELS[name])
figure.colorbar(drawn, ax=axes[:3], shrink=0.8)
axes[3].imshow(0.5 + 0.5 * weights / largest)
axes[3].set_title("all three as colours")
for ax in axes:
    ax.axis("off")
plt.show()

# %%
# They are what flower patches have and the others lack: plenty of red and little blue,
# nearly everywhere. And there are ghosts of petals in them. That is no accident. Where
# the cost is smallest, its gradient is zero, the part of the penalty included:
#
# .. math::
#
#    \frac{1}{m} X^\mathsf{T} (\hat{y} - y) + \alpha w = 0.
#
# So w is a sum of the training images, each multiplied by its error y − ŷ. Patches that
# are hard to decide count most.

errors = y_train - flower_or_not.predict_proba(images_train)[:, 1]
sum_of_images = scale(X_train).T @ errors / (len(y_train) * flower_or_not[-1].alpha)
difference = np.abs(sum_of_images - flower_or_not[-1].coef_[0]).max() / largest
print(f"largest difference, relative to the largest weight: {difference:.0e}")

# %%
# What this shows, and what it does not
# -------------------------------------
# The pipeline from photograph to decision is complete, and it beats the baseline on
# pixels that it has never seen. But these are the other halves of the same two
# photographs: the same blossom, the same light. Has it learnt what a flower is? The
# same test patches with red and blue exchanged are an answer:
#
# .. predict:: Of 28 flowers it finds 24. How many if red and blue are exchanged?
#
#    None. It has learnt a colour, not a flower.

blue_test = images_test[..., ::-1]
for name, images in [("as they are", images_test), ("red ⇄ blue", blue_test)]:
    found = flower_or_not.predict(images)[y_test == 1].sum()
    print(f"{name:12} {found:2} of {y_test.sum()} flower patches are found")

figure, axes = plt.subplots(1, 6, figsize=(9.5, 2), layout="constrained")
for ax, number in zip(axes, np.flatnonzero(y_test)[::5], strict=True):
    ax.imshow(blue_test[number])
    (probability,) = flower_or_not.predict_proba(blue_test[[number]])[:, 1]
    ax.set_title(f"flower: ŷ = {probability:.2f}", size=10)
    ax.axis("off")
plt.show()

# %%
# To us a blue dahlia is a flower. Two photographs teach a classifier to tell these two
# photographs apart. A good detector of flowers, or of cats, needs thousands of them,
# and a model that does not give every pixel a weight of its own.
