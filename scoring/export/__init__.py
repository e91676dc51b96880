"""A version of a hosted model in forms that run without the platform: one Python module, and an ONNX file."""
