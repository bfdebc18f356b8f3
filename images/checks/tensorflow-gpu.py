"""TensorFlow computes on the GPU. Exit code 77: not run, with the reason on the last line."""

import ctypes
import sys

import tensorflow as tf

try:
    ctypes.CDLL("libcuda.so.1")
except OSError:
    print("no NVIDIA driver here")
    sys.exit(77)
if not tf.config.list_physical_devices("GPU"):
    sys.exit("the NVIDIA driver is here, and TensorFlow sees no GPU")
with tf.device("/GPU:0"):
    a = tf.reshape(tf.range(12.0), (3, 4))
    product = tf.linalg.matmul(a, a, transpose_b=True)
# A device that cannot compute it is replaced silently.
if not product.device.endswith("GPU:0"):
    sys.exit(f"the GPU was asked for a matrix product, {product.device} computed it")
if product[2, 2].numpy() != 366.0:
    sys.exit("a matrix product on the GPU is wrong")
print(f"a matrix product on {product.device}")
