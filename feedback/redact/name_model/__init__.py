"""The token classifier for names: a MiniLM encoder that also sees case and the name lists.

``features`` turns a text into model input, ``runtime`` runs the ONNX file that is shipped,
``corpus``, ``augment``, ``train``, ``export`` and ``card`` make that file (``make train-names``).
"""
