"""The token classifier for names: a MiniLM encoder that also sees case and the name lists.

``features`` turns a text into model input, ``runtime`` runs the ONNX file that is shipped,
``corpus``, ``augment``, ``examples``, ``network``, ``train`` and ``export`` are what ``make`` makes
that file with (``make train-names``).
"""
