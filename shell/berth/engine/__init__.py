"""The engine: catalogue, images, instances, permissions and the ledger."""
