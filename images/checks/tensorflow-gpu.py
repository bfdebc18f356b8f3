"""TensorFlow computes on the GPU. Exit code 77: not run, with the reason on the last line."""

import sys

import tensorflow as tf

if not tf.config.list_physical_devices("GPU"):
    print("no GPU here")
    sys.exit(77)
with tf.device("/GPU:0"):
    a = tf.reshape(tf.range(12.0), (3, 4))
    product = tf.linalg.matmul(a, a, transpose_b=True)
if product[2, 2].numpy() != 366.0:
    sys.exit("a matrix product on the GPU is wrong")
print(f"a matrix product on {product.device}")
