#version 440

// A Gauss curve along one axis: `along` is from one pixel to the next, `deviation` is in pixels.

layout(location = 0) in vec2 qt_TexCoord0;
layout(location = 0) out vec4 fragColor;

layout(std140, binding = 0) uniform buf {
    mat4 qt_Matrix;
    vec2 along;
    float qt_Opacity;
    float deviation;
};

layout(binding = 1) uniform sampler2D source;

void main() {
    vec4 sum = texture(source, qt_TexCoord0);
    float weights = 1.0;
    for (int at = 1; at <= 192; at++) {
        float far = float(at);
        if (far > 3.0 * deviation)
            break;
        float weight = exp(-0.5 * far * far / (deviation * deviation));
        sum += weight * (texture(source, qt_TexCoord0 + far * along) + texture(source, qt_TexCoord0 - far * along));
        weights += 2.0 * weight;
    }
    fragColor = sum / weights * qt_Opacity;
}
