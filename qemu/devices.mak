# What the lean QEMU is made of: the devices of mayfly's machines, and nothing else. See README.md.
CONFIG_MICROVM=y
CONFIG_VIRTIO_BLK=y
CONFIG_VIRTIO_SERIAL=y
CONFIG_VIRTIO_RNG=y
